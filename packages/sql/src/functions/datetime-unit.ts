import { type DataType, isFineTimestamp } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { coerce, typeName } from '../bind/coerce.ts';
import { MS_OF_UNIT } from '../bind/interval.ts';
import { intervalTimes } from '../bind/interval-arithmetic.ts';
import { integerLiteral, intervalLiteral } from '../bind/literal.ts';
import { type BoundCall, matchArguments, strictCall } from './definition.ts';
import { bindIntervalField } from './interval-field.ts';

const CLOCK_UNITS = ['MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const CALENDAR_UNITS = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'DECADE', 'CENTURY', 'MILLENNIUM'];

const MONTHS_OF_UNIT: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1_200,
  MILLENNIUM: 12_000,
};

function unitOf(argument: Expression | undefined): string {
  return argument?.kind === 'literal' ? String(argument.value) : '';
}

/** FLOOR(ts TO unit) and CEIL, arguments (ts, unit). */
export function bindDateTrunc(call: BoundCall, name: 'CEIL' | 'FLOOR'): Expression | undefined {
  const args = matchArguments(call, ['datetime', 'string']);
  const [time, unit] = args ?? [];
  if (time === undefined || unit === undefined) return undefined;
  const isUntyped = time.type.kind === 'string';
  const units = [
    ...(time.type.kind === 'date' ? [] : CLOCK_UNITS),
    ...(time.type.kind === 'time' ? [] : CALENDAR_UNITS),
  ];
  if (isUntyped || !units.includes(unitOf(unit))) {
    const at = call.argSpans[1] ?? call.span;
    return call.report.error('sql.wrong-arguments', at, `${name} of ${typeName(time)} takes ${units.join(', ')}.`);
  }
  if (name === 'CEIL' && isFineTimestamp(time.type)) return nextUnless(unit, time);
  return strictCall('date-trunc', [unit, name === 'CEIL' ? almostNext(unit, time) : time], time.type);
}

/** The time itself when it begins a unit, else the start of the next one: no interval is short enough for `almostNext`. */
function nextUnless(unit: Expression, time: Expression): Expression {
  const start = strictCall('date-trunc', [unit, time], time.type);
  const moved = strictCall('datetime-plus', [time, unitInterval(unitOf(unit), 1)], time.type);
  const next = strictCall('date-trunc', [unit, moved], time.type);
  const isStart = strictCall('=', [start, time], { kind: 'boolean', nullable: true });
  return { kind: 'case', branches: [{ when: isStart, value: start }], otherwise: next, type: time.type };
}

/** A unit later, less the least step: its start is the time itself when that begins a unit, else the start of the next one. */
function almostNext(unit: Expression, time: Expression): Expression {
  const moved = strictCall('datetime-plus', [time, unitInterval(unitOf(unit), 1)], time.type);
  const least = time.type.kind === 'date' ? MS_OF_UNIT.DAY : 1;
  return strictCall('datetime-plus', [moved, intervalLiteral(-least, 'milliseconds')], time.type);
}

function unitInterval(unit: string, amount: number): Expression {
  const ms = msOf(unit);
  const months = MONTHS_OF_UNIT[unit] ?? 1;
  return ms === undefined ? intervalLiteral(amount * months, 'months') : intervalLiteral(amount * ms, 'milliseconds');
}

/** EXTRACT(unit FROM x), arguments (unit, x). */
export function bindExtract(call: BoundCall): Expression | undefined {
  const [first, interval] = call.args;
  if (interval?.type.kind === 'interval') return bindIntervalField(unitOf(first), interval, call);
  const args = matchArguments(call, ['string', 'datetime']);
  const [unit, time] = args ?? [];
  if (time === undefined || unit === undefined) return undefined;
  return strictCall('extract', [unit, time], { kind: 'bigint', nullable: true });
}

/** TIMESTAMPADD(unit, n, time). */
export function bindTimestampAdd(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'integer', 'datetime']);
  const [unit, count, time] = args ?? [];
  if (unit === undefined || count === undefined || time === undefined) return undefined;
  const interval = intervalTimes(count, unitInterval(unitOf(unit), 1));
  return (
    interval && strictCall('datetime-plus', [onAClock(time, unitOf(unit)), interval], typeOfSum(time, unitOf(unit)))
  );
}

/** A DATE moved by hours or less is a TIMESTAMP, as in Flink. */
function onAClock(time: Expression, unit: string): Expression {
  return coerce(time, typeOfSum(time, unit));
}

function typeOfSum({ type }: Expression, unit: string): DataType {
  return type.kind === 'date' && CLOCK_UNITS.includes(unit)
    ? { kind: 'timestamp', precision: 3, nullable: type.nullable }
    : type;
}

/** TIMESTAMPDIFF(unit, from, to): whole units between two times. */
export function bindTimestampDiff(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'timestamp', 'timestamp']);
  const [unit, from, to] = args ?? [];
  if (unit === undefined || from === undefined || to === undefined) return undefined;
  if (from.type.kind !== to.type.kind) {
    const message = 'TIMESTAMPDIFF takes two TIMESTAMP or two TIMESTAMP_LTZ: use CAST.';
    return call.report.error('sql.type-mismatch', call.argSpans[2] ?? call.span, message);
  }
  const ms = msOf(unitOf(unit));
  const months = MONTHS_OF_UNIT[unitOf(unit)];
  if (ms === undefined && months === undefined) {
    const message = `TIMESTAMPDIFF takes MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR, not ${unitOf(unit)}.`;
    return call.report.error('sql.wrong-arguments', call.argSpans[0] ?? call.span, message);
  }
  if (ms === undefined) {
    const inMonths = strictCall('datetime-diff-months', [to, from], { kind: 'integer', nullable: true });
    return strictCall('/', [inMonths, integerLiteral(BigInt(months ?? 1), 'integer')], inMonths.type);
  }
  const inMs = strictCall('datetime-diff-ms', [to, from], { kind: 'bigint', nullable: true });
  const inUnits = strictCall('/', [inMs, integerLiteral(BigInt(ms), 'bigint')], inMs.type);
  return { kind: 'cast', arg: inUnits, safe: false, type: { kind: 'integer', nullable: inMs.type.nullable } };
}

function msOf(unit: string): number | undefined {
  return Object.entries(MS_OF_UNIT).find(([name]) => name === unit)?.[1];
}
