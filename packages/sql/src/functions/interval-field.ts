import type { Expression } from '@millrace/plan';
import { coerce, typeName } from '../bind/coerce.ts';
import type { IntervalUnit } from '../bind/interval-arithmetic.ts';
import { integerLiteral } from '../bind/literal.ts';
import { type BoundCall, strictCall } from './definition.ts';

/** The `each`-th part of the count, then what is left of it after `of`; a quarter is counted from 1. */
interface Field {
  readonly each: number;
  readonly of?: number;
  readonly from?: number;
}

/** The parts of an INTERVAL that EXTRACT knows, as in Flink: whole ones, with the sign of the INTERVAL. */
const FIELDS: Readonly<Record<IntervalUnit, Readonly<Record<string, Field>>>> = {
  months: {
    MILLENNIUM: { each: 12_000 },
    CENTURY: { each: 1_200 },
    YEAR: { each: 12 },
    QUARTER: { each: 3, of: 4, from: 1 },
    MONTH: { each: 1, of: 12 },
  },
  milliseconds: {
    DAY: { each: 86_400_000 },
    HOUR: { each: 3_600_000, of: 24 },
    MINUTE: { each: 60_000, of: 60 },
    SECOND: { each: 1_000, of: 60 },
    MILLISECOND: { each: 1, of: 1_000 },
  },
};

/** EXTRACT(unit FROM interval), a BIGINT; undefined after a report. */
export function bindIntervalField(unit: string, interval: Expression, call: BoundCall): Expression | undefined {
  if (interval.type.kind !== 'interval') return undefined;
  const known = FIELDS[interval.type.unit];
  const field = Object.hasOwn(known, unit) ? known[unit] : undefined;
  if (field === undefined) {
    const message = `${typeName(interval)} has the parts ${Object.keys(known).join(', ')}, not ${unit}.`;
    return call.report.error('sql.wrong-arguments', call.argSpans[0] ?? call.span, message);
  }
  const count = coerce(interval, { kind: 'bigint', nullable: true });
  const whole = field.each === 1 ? count : computed('/', count, field.each);
  const left = field.of === undefined ? whole : computed('%', whole, field.of);
  return field.from === undefined ? left : computed('+', left, field.from);
}

function computed(operator: '/' | '%' | '+', value: Expression, by: number): Expression {
  return strictCall(operator, [value, integerLiteral(BigInt(by), 'bigint')], { kind: 'bigint', nullable: true });
}
