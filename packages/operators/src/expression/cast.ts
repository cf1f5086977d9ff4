import { columnKindOf } from '@millrace/batch';
import { type DataType, digitsHeld, type FineTimestamp, formatDataType, isFineTimestamp } from '@millrace/model';
import type { CastExpression } from '@millrace/plan';
import { valueCaster } from '../function/value-cast.ts';
import { rescale } from './arithmetic.ts';
import type { Code } from './code-writer.ts';
import { ticksOfMs, withDigitsOf } from './fine-timestamp.ts';
import { emitIntervalToNumber, emitNumberToInterval } from './interval.ts';
import {
  asDouble,
  asEpochMs,
  asInt64,
  bailUnlessSafe,
  isExact,
  isInt32,
  isInt64,
  nullUnlessFits,
  type Scope,
  scaleOf,
  unsupported,
  wrapInt32,
  zeroOf,
} from './scope.ts';

/**
 * CAST and TRY_CAST by Flink's rules: integers wrap, doubles saturate, DECIMAL rounds half up and becomes NULL when too
 * long, text that does not parse fails the record (TRY_CAST: NULL). Local time is UTC, so TIMESTAMP and
 * TIMESTAMP_LTZ are the same number.
 */
export function emitCast(cast: CastExpression, scope: Scope): Code {
  const { arg, type } = cast;
  const from = arg.type;
  if (from.kind === 'interval' && isExact(type)) return emitIntervalToNumber(cast, scope);
  if (type.kind === 'interval' && isExact(from)) return emitNumberToInterval(cast, scope);
  const code = scope.emit(arg);
  if (sameRepresentation(from, type)) return code;
  if (columnKindOf(from) === 'object' && from.kind === type.kind) {
    const caster = scope.writer.constant(valueCaster(from, type));
    return strict(scope, code, type, (v) => `${v} = ${caster}(${code.value});`);
  }
  if (type.kind === 'string') return strict(scope, code, type, (v) => `${v} = ${text(code.value, from, scope)};`);
  if (from.kind === 'string') return fromText(cast, code, scope);
  if (from.kind === 'boolean' && isNumeric(type)) return fromBoolean(code, type, scope);
  if (type.kind === 'boolean' && isNumeric(from)) {
    return strict(scope, code, type, (v) => `${v} = ${asDouble(code.value, from, scope)} !== 0;`);
  }
  if (isNumeric(from) && isNumeric(type)) return numeric(cast, code, scope);
  return temporal(code, from, type, scope);
}

function sameRepresentation(from: DataType, to: DataType): boolean {
  if (from.kind !== to.kind) return false;
  switch (from.kind) {
    case 'decimal':
      return to.kind === 'decimal' && from.scale === to.scale && from.precision <= to.precision;
    case 'time':
    case 'timestamp':
    case 'timestamp_ltz':
      if (isFineTimestamp(from) || isFineTimestamp(to)) return digitsHeld(from) === digitsHeld(to);
      return 'precision' in to && (from.precision <= to.precision || to.precision >= 3);
    case 'interval':
      return to.kind === 'interval' && from.unit === to.unit;
    case 'array':
    case 'map':
    case 'row':
      return shapeOf(from) === shapeOf(to);
    default:
      return true;
  }
}

/** The type without its nullability and field names: those do not change how values are held. */
function shapeOf(type: DataType): string {
  return JSON.stringify(type, (key, value: unknown) => (key === 'nullable' || key === 'name' ? undefined : value));
}

function isNumeric(type: DataType): boolean {
  return isExact(type) || type.kind === 'float' || type.kind === 'double';
}

function strict(
  scope: Scope,
  code: Code,
  type: DataType,
  body: (v: string, n: string) => string,
  mayBeNull = false,
): Code {
  return scope.writer.strict([code], zeroOf(type, scope), { mayBeNull }, body);
}

function text(value: string, from: DataType, scope: Scope): string {
  if (isInt32(from) || from.kind === 'bigint') return `String(${value})`;
  return `R.castToText(${value}, ${scope.writer.constant(from)})`;
}

function fromBoolean(code: Code, type: DataType, scope: Scope): Code {
  const one = isInt64(type) ? rescale(scope.wide ? '1n' : '1', scaleOf(type), scope) : '1';
  return strict(scope, code, type, (v) => `${v} = ${code.value} ? ${one} : ${zeroOf(type, scope)};`);
}

function numeric(cast: CastExpression, code: Code, scope: Scope): Code {
  const { type } = cast;
  const from = cast.arg.type;
  if (!isExact(from)) return toNumberFromDouble(cast, code, scope);
  if (!isExact(type)) {
    const double = asDouble(code.value, from, scope);
    return strict(scope, code, type, (v) => `${v} = ${type.kind === 'float' ? `Math.fround(${double})` : double};`);
  }
  // Toward zero for integers, half up for DECIMAL.
  const wideForm = asInt64(code.value, from, scope);
  const shifted =
    type.kind === 'decimal'
      ? rescale(wideForm, scaleOf(type) - scaleOf(from), scope)
      : scaleOf(from) === 0
        ? wideForm
        : `R.truncate${scope.wide ? 'Wide' : 'Narrow'}(${wideForm}, ${scaleOf(from)})`;
  if (isInt32(type)) {
    if (isInt32(from)) return strict(scope, code, type, (v) => `${v} = ${wrapInt32(code.value, type)};`);
    const low = scope.wide ? `Number(BigInt.asIntN(32, ${shifted}))` : shifted;
    const check = (v: string) => (scope.wide || scaleOf(from) === 0 ? '' : bailUnlessSafe(v));
    return strict(scope, code, type, (v) => `${v} = ${low}; ${check(v)} ${v} = ${wrapInt32(v, type)};`);
  }
  const wrapped = scope.wide && type.kind === 'bigint' ? `BigInt.asIntN(64, ${shifted})` : shifted;
  const bail = (v: string) => (scope.wide ? '' : bailUnlessSafe(v));
  const body = (v: string, n: string) => `${v} = ${wrapped}; ${bail(v)} ${nullUnlessFits(v, n, type, scope)}`;
  return strict(scope, code, type, body, type.kind === 'decimal');
}

function toNumberFromDouble(cast: CastExpression, code: Code, scope: Scope): Code {
  const { type } = cast;
  const { value } = code;
  if (isInt32(type)) return strict(scope, code, type, (v) => `${v} = ${wrapInt32(`R.saturate(${value}, 32)`, type)};`);
  if (type.kind === 'float') return strict(scope, code, type, (v) => `${v} = Math.fround(${value});`);
  if (type.kind === 'double') return strict(scope, code, type, (v) => `${v} = ${value};`);
  if (type.kind === 'bigint') {
    const body = (v: string) =>
      `${v} = R.saturate${scope.wide ? 'Wide' : ''}(${value}, 64); ${scope.wide ? '' : bailUnlessSafe(v)}`;
    return strict(scope, code, type, body);
  }
  const parse = `R.doubleToUnscaled(${value}, ${scaleOf(type)})`;
  return parsed(cast, code, parse, scope, isInt64(type));
}

/** The parsers of the runtime give undefined for what they cannot read; exact ones give bigint. */
function fromText(cast: CastExpression, code: Code, scope: Scope): Code {
  const { type } = cast;
  const { value } = code;
  switch (type.kind) {
    case 'boolean':
      return parsed(cast, code, `R.parseBoolean(${value})`, scope, false);
    case 'tinyint':
      return parsed(cast, code, `R.parseInt32(${value}, 8)`, scope, false);
    case 'smallint':
      return parsed(cast, code, `R.parseInt32(${value}, 16)`, scope, false);
    case 'integer':
      return parsed(cast, code, `R.parseInt32(${value}, 32)`, scope, false);
    case 'bigint':
      return parsed(cast, code, `R.parseInteger(${value}, 64)`, scope, true);
    case 'decimal':
      return parsed(cast, code, `R.parseDecimal(${value}, ${type.scale})`, scope, true);
    case 'float':
    case 'double':
      return parsed(cast, code, `R.parseDouble(${value})`, scope, false);
    case 'date':
      return parsed(cast, code, `R.parseDate(${value})`, scope, false);
    case 'time':
      return parsed(cast, code, `R.parseTime(${value})`, scope, false);
    case 'timestamp':
    case 'timestamp_ltz':
      return isFineTimestamp(type)
        ? parsed(cast, code, `R.parseTicks(${value}, ${scope.writer.constant(type)})`, scope, true)
        : parsed(cast, code, `R.parseTimestamp(${value})`, scope, false);
    case 'bytes':
      return strict(scope, code, type, (v) => `${v} = R.encodeText(${value});`);
    default:
      throw unsupported('CAST', cast.arg.type, type);
  }
}

function parsed(cast: CastExpression, code: Code, parse: string, scope: Scope, exact: boolean): Code {
  const { type } = cast;
  const target = formatDataType({ ...type, nullable: true });
  const failure = cast.safe ? '' : `R.badCast(${scope.label(cast)}, ${code.value}, ${scope.writer.constant(target)});`;
  return strict(
    scope,
    code,
    type,
    (v, isNull) => {
      const found = scope.writer.fresh();
      const converted = exact && !scope.wide ? `Number(${found})` : finish(found, type);
      const checks = exact ? `${scope.wide ? '' : bailUnlessSafe(v)} ${nullUnlessFits(v, isNull, type, scope)}` : '';
      const missing = cast.safe ? `${isNull} = true;` : failure;
      return `const ${found} = ${parse}; if (${found} === undefined) { ${missing} } else { ${v} = ${converted}; ${checks} }`;
    },
    cast.safe || type.kind === 'decimal',
  );
}

function finish(value: string, type: DataType): string {
  if (type.kind === 'float') return `Math.fround(${value})`;
  const unit = precisionUnit(type);
  return unit > 1 ? `Math.floor(${value} / ${unit}) * ${unit}` : value;
}

/** Ms per step of a type with fewer than three digits. */
function precisionUnit(type: DataType): number {
  const isTime = type.kind === 'time' || type.kind === 'timestamp' || type.kind === 'timestamp_ltz';
  return isTime && type.precision < 3 ? 10 ** (3 - type.precision) : 1;
}

function temporal(code: Code, from: DataType, type: DataType, scope: Scope): Code {
  const isPoint = (kind: DataType['kind']) => kind === 'timestamp' || kind === 'timestamp_ltz';
  const { value } = code;
  if (isFineTimestamp(type)) return toFine(code, from, type, scope);
  let raw: string | undefined;
  const ms = asEpochMs(value, from, scope);
  if (isPoint(type.kind) && (isPoint(from.kind) || from.kind === 'time' || from.kind === 'date')) raw = ms;
  else if (type.kind === 'date' && isPoint(from.kind)) raw = `Math.floor(${ms} / 86400000)`;
  else if (type.kind === 'time' && isPoint(from.kind)) raw = `Math.floor(R.msOfDay(${ms}))`;
  else if (type.kind === 'time' && from.kind === 'time') raw = value;
  else if (columnKindOf(from) === 'bytes' && columnKindOf(type) === 'bytes') raw = value;
  if (raw === undefined) throw unsupported('CAST', from, type);
  const result = finish(raw, type);
  return strict(scope, code, type, (v) => `${v} = ${result};`);
}

function toFine(code: Code, from: DataType, type: FineTimestamp, scope: Scope): Code {
  const isPoint = from.kind === 'timestamp' || from.kind === 'timestamp_ltz';
  if (!isPoint && from.kind !== 'date' && from.kind !== 'time') throw unsupported('CAST', from, type);
  const ticks = isPoint
    ? withDigitsOf(code.value, from, type, scope)
    : ticksOfMs(asEpochMs(code.value, from, scope), type, scope);
  return strict(scope, code, type, (v) => `${v} = ${ticks}; ${scope.wide ? '' : bailUnlessSafe(v)}`);
}
