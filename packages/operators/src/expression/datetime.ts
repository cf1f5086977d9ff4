import { type DataType, isFineTimestamp } from '@millrace/model';
import type { CallExpression } from '@millrace/plan';
import { DATETIME_FIELDS, DATETIME_TRUNCATIONS, unitNamed } from '../function/datetime-field.ts';
import type { Code } from './code-writer.ts';
import { movedBy, msOfFine, nanosOfFine, ticksOfMs } from './fine-timestamp.ts';
import { literalText, result } from './library.ts';
import { asEpochMs, bailUnlessSafe, type Scope, unsupported, zeroOf } from './scope.ts';

export function emitDatetimePlus(call: CallExpression, scope: Scope): Code {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) throw unsupported(call.name, call.type);
  const [point, interval] = left.type.kind === 'interval' ? [right, left] : [left, right];
  if (interval.type.kind !== 'interval') throw unsupported(call.name, left.type, right.type);
  const a = scope.emit(point);
  const b = scope.emit(interval);
  const { type } = point;
  // A DATE moves by whole days, towards itself, as in Flink.
  if (type.kind === 'date' && interval.type.unit === 'milliseconds')
    return result(call, [a, b], `${a.value} + Math.trunc(${b.value} / 86400000)`, scope, false);
  if (interval.type.unit === 'months')
    return moved(call, a, type, [b], (ms) => `R.addMonths(${ms}, ${b.value})`, scope);
  if (isFineTimestamp(type))
    return fine(call, [a, b], scope, (v) => `${v} = ${movedBy(a.value, b.value, type, scope)};`);
  return moved(call, a, type, [b], (ms) => `(${ms} + ${b.value})`, scope);
}

/** TIMESTAMPDIFF counts whole milliseconds, as Flink's does. */
export function emitDatetimeDiff(call: CallExpression, scope: Scope): Code {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) throw unsupported(call.name, call.type);
  const a = scope.emit(left);
  const b = scope.emit(right);
  const raw = `(${asEpochMs(a.value, left.type, scope)} - ${asEpochMs(b.value, right.type, scope)})`;
  return result(call, [a, b], raw, scope, false);
}

/** `local-time` and `instant`: what a clock of the zone shows, and when it shows it. Zones are whole seconds apart. */
export function emitInZone(call: CallExpression, scope: Scope): Code {
  const [point, zone] = call.args;
  if (point === undefined || zone === undefined) throw unsupported(call.name, call.type);
  const name = call.name === 'instant' ? 'instantOf' : 'localTime';
  const [a, b] = [scope.emit(point), scope.emit(zone)];
  return moved(call, a, point.type, [b], (ms) => `R.${name}(${ms}, ${b.value})`, scope);
}

/** A point in time whose whole ms become others; digits behind them stay, for its type is that of the call. */
function moved(
  call: CallExpression,
  point: Code,
  type: DataType,
  others: readonly Code[],
  to: (ms: string) => string,
  scope: Scope,
): Code {
  if (!isFineTimestamp(type)) {
    return result(call, [point, ...others], fromMs(to(asEpochMs(point.value, type, scope)), call.type), scope, false);
  }
  return fine(call, [point, ...others], scope, (v) => {
    const ms = scope.writer.fresh();
    const ticks = movedBy(point.value, `${to(ms)} - ${ms}`, type, scope);
    return `const ${ms} = ${msOfFine(point.value, type, scope)}; ${v} = ${ticks};`;
  });
}

/** EXTRACT and DATE_TRUNC: the unit is a literal, so its function is chosen here. */
export function emitUnit(call: CallExpression, scope: Scope): Code {
  const [unit, point] = call.args;
  const name = unit === undefined ? undefined : literalText(unit);
  if (name === undefined || point === undefined || point.type.kind === 'interval')
    throw unsupported(call.name, call.type);
  const { type } = point;
  const code = scope.emit(point);
  const pick = scope.writer.constant(unitNamed(call.name === 'extract' ? DATETIME_FIELDS : DATETIME_TRUNCATIONS, name));
  const raw = `${pick}(${asEpochMs(code.value, type, scope)})`;
  if (call.name === 'extract') {
    const behind = isFineTimestamp(type) ? FINER_FIELDS[name.toUpperCase()] : undefined;
    if (behind === undefined || !isFineTimestamp(type)) return result(call, [code], raw, scope, false);
    return result(call, [code], `${raw} + ${behind(nanosOfFine(code.value, type, scope))}`, scope, false);
  }
  if (!isFineTimestamp(type)) return result(call, [code], fromMs(raw, call.type), scope, false);
  return fine(call, [code], scope, (v) => `${v} = ${ticksOfMs(raw, type, scope)};`);
}

/** What the digits behind the ms add to a field. */
const FINER_FIELDS: Readonly<Record<string, (nanos: string) => string>> = {
  MICROSECOND: (nanos) => `Math.floor(${nanos} / 1000)`,
  NANOSECOND: (nanos) => nanos,
};

/** `to-timestamp` (text [, format]). */
export function emitToTimestamp(call: CallExpression, scope: Scope): Code {
  const [text, format] = call.args.map((arg) => scope.emit(arg));
  if (text === undefined) throw unsupported(call.name, call.type);
  const codes = format === undefined ? [text] : [text, format];
  const { type } = call;
  if (!isFineTimestamp(type))
    return result(call, codes, `R.toTimestamp(${codes.map(({ value }) => value).join(', ')})`, scope, true);
  const rest = format === undefined ? '' : `, ${format.value}`;
  return fineOrNull(call, codes, `R.parseTicks(${text.value}, ${scope.writer.constant(type)}${rest})`, scope);
}

/** `to-timestamp-ltz` (number, precision): of precision 4 to 9 the number is the ticks. */
export function emitToTimestampLtz(call: CallExpression, scope: Scope): Code {
  const [epoch, precision] = call.args;
  if (epoch === undefined || precision === undefined) throw unsupported(call.name, call.type);
  const [a, b] = [scope.emit(epoch), scope.emit(precision)];
  if (isFineTimestamp(call.type)) return fineOrNull(call, [a, b], `R.toTicks(${a.value})`, scope);
  const ms = asEpochMs(a.value, epoch.type, scope);
  return result(call, [a, b], `R.toTimestampLtz(${ms}, ${asEpochMs(b.value, precision.type, scope)})`, scope, true);
}

export function emitDateFormat(call: CallExpression, scope: Scope): Code {
  const [point, format] = call.args;
  if (point === undefined || format === undefined) throw unsupported(call.name, call.type);
  const [a, b] = [scope.emit(point), scope.emit(format)];
  const behind = isFineTimestamp(point.type) ? `, ${nanosOfFine(a.value, point.type, scope)}` : '';
  const raw = `R.dateFormat(${asEpochMs(a.value, point.type, scope)}, ${b.value}${behind})`;
  return result(call, [a, b], raw, scope, false);
}

/** Without an argument the processing time, in seconds; of a point in time or a text, its own. */
export function emitUnixTimestamp(call: CallExpression, scope: Scope): Code {
  const [arg, format] = call.args;
  if (arg === undefined) return result(call, [], 'Math.floor(now / 1000)', scope, false);
  const code = scope.emit(arg);
  if (arg.type.kind !== 'string')
    return result(call, [code], `Math.floor(${asEpochMs(code.value, arg.type, scope)} / 1000)`, scope, false);
  if (format === undefined) return result(call, [code], `R.unixTimestamp(${code.value})`, scope, true);
  const pattern = scope.emit(format);
  return result(call, [code, pattern], `R.unixTimestamp(${code.value}, ${pattern.value})`, scope, true);
}

/** The processing-time clock, read once per batch. */
export function emitNow(call: CallExpression): Code {
  return { value: call.name === 'current-date' ? 'Math.floor(now / 86400000)' : 'now', isNull: 'false' };
}

/** A call whose value is ticks, assigned to `v` by `body`. */
function fine(call: CallExpression, args: readonly Code[], scope: Scope, body: (v: string) => string): Code {
  const check = (v: string) => (scope.wide ? '' : bailUnlessSafe(v));
  return scope.writer.strict(args, zeroOf(call.type, scope), { mayBeNull: false }, (v) => `${body(v)} ${check(v)}`);
}

/** A call of the runtime that gives ticks as bigint, or undefined for NULL. */
function fineOrNull(call: CallExpression, args: readonly Code[], raw: string, scope: Scope): Code {
  return scope.writer.strict(args, zeroOf(call.type, scope), { mayBeNull: true }, (v, isNull) => {
    const found = scope.writer.fresh();
    const assigned = scope.wide ? `${v} = ${found};` : `${v} = Number(${found}); ${bailUnlessSafe(v)}`;
    return `const ${found} = ${raw}; if (${found} === undefined) ${isNull} = true; else { ${assigned} }`;
  });
}

function fromMs(ms: string, type: DataType): string {
  if (type.kind === 'date') return `Math.floor(${ms} / 86400000)`;
  return type.kind === 'time' ? `R.msOfDay(${ms})` : ms;
}
