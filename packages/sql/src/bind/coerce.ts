import { type DataType, digitsHeld, formatDataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { oneTypeRemedy } from './interval-cast.ts';
import {
  datetimeLiteral,
  decimalLiteral,
  exactValueOf,
  fitsInteger,
  integerLiteral,
  nullLiteral,
  widerTimestamp,
} from './literal.ts';
import {
  asDecimal,
  commonType,
  isApproximate,
  isDatetime,
  isInteger,
  isNumeric,
  isTimestamp,
  sameType,
  withNullable,
} from './type-rule.ts';

/** The type of a bare NULL until something says what it is. Compared by identity. */
const UNTYPED: DataType = { kind: 'string', nullable: true };
export const UNTYPED_NULL: Expression = { kind: 'literal', value: null, type: UNTYPED };

export function isUntypedNull(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.type === UNTYPED;
}

export function typeName(expression: Expression): string {
  return isUntypedNull(expression) ? 'NULL' : formatDataType(withNullable(expression.type, true));
}

/** `expression` as a value of `type` (its nullability kept), by a cast unless the constant can be written so. */
export function coerce(expression: Expression, type: DataType): Expression {
  if (isUntypedNull(expression)) return nullLiteral(type);
  if (sameType(expression.type, type)) return expression;
  const literal = coerceLiteral(expression, type);
  if (literal !== undefined) return literal;
  return { kind: 'cast', arg: expression, safe: false, type: withNullable(type, expression.type.nullable) };
}

/** An exact constant as another numeric type or a timestamp of more digits, when no digit is lost. */
export function coerceLiteral(expression: Expression, type: DataType): Expression | undefined {
  if (expression.kind === 'literal' && isTimestamp(type)) return widerTimestamp(expression, type);
  const exact = exactValueOf(expression);
  if (exact === undefined || expression.kind !== 'literal') return undefined;
  const { unscaled, scale } = exact;
  if (isInteger(type) && scale === 0 && fitsInteger(unscaled, type.kind)) return integerLiteral(unscaled, type.kind);
  if (type.kind === 'decimal' && scale <= type.scale) {
    const rescaled = unscaled * 10n ** BigInt(type.scale - scale);
    if (rescaled.toString().replace('-', '').length > type.precision) return undefined;
    return decimalLiteral(rescaled, type.precision, type.scale);
  }
  if (type.kind === 'double') {
    return { kind: 'literal', value: Number(expression.value), type: { kind: 'double', nullable: false } };
  }
  return undefined;
}

/** Both sides of a comparison as the same kind, or undefined when they cannot be compared. */
export function alignForComparison(left: Expression, right: Expression): readonly [Expression, Expression] | undefined {
  if (isUntypedNull(left)) return isUntypedNull(right) ? [left, right] : [nullLiteral(right.type), right];
  if (isUntypedNull(right)) return [left, nullLiteral(left.type)];
  if (isNumeric(left.type) && isNumeric(right.type)) return alignNumbers(left, right);
  if (left.kind === 'literal' && left.type.kind === 'string' && isDatetime(right.type)) {
    const literal = datetimeConstant(String(left.value), right.type);
    return literal && [literal, right];
  }
  if (right.kind === 'literal' && right.type.kind === 'string' && isDatetime(left.type)) {
    const literal = datetimeConstant(String(right.value), left.type);
    return literal && [left, literal];
  }
  if (left.type.kind === 'date' && isTimestamp(right.type)) return [coerce(left, right.type), right];
  if (right.type.kind === 'date' && isTimestamp(left.type)) return [left, coerce(right, left.type)];
  if (isTimestamp(left.type) && isTimestamp(right.type)) return alignTimestamps(left, right);
  if (left.type.kind !== right.type.kind) return undefined;
  if (left.type.kind === 'interval') return sameType(left.type, right.type) ? [left, right] : undefined;
  const comparable = !['array', 'map', 'row'].includes(left.type.kind);
  return comparable ? [left, right] : undefined;
}

/** Both with the digits of the finer one; a TIMESTAMP beside a TIMESTAMP_LTZ becomes one. */
function alignTimestamps(left: Expression, right: Expression): readonly [Expression, Expression] {
  const [a, b] = [left.type, right.type];
  if (a.kind === b.kind && digitsHeld(a) === digitsHeld(b)) return [left, right];
  const finer = digitsHeld(a) > digitsHeld(b) ? a : b;
  const kind = a.kind === b.kind ? finer.kind : 'timestamp_ltz';
  const type = { ...finer, kind } as DataType;
  return [inDigitsOf(left, type), inDigitsOf(right, type)];
}

/** Types that are held alike stay as they are. */
function inDigitsOf(side: Expression, type: DataType): Expression {
  return side.type.kind === type.kind && digitsHeld(side.type) === digitsHeld(type) ? side : coerce(side, type);
}

/** A text as a constant of a date or time type. Which instant a TIMESTAMP_LTZ is depends on the time zone of the session, so it stays a cast. */
function datetimeConstant(text: string, type: DataType): Expression | undefined {
  if (type.kind !== 'timestamp_ltz') return datetimeLiteral(text, type);
  const local = datetimeLiteral(text, { kind: 'timestamp', precision: digitsHeld(type), nullable: false });
  return local && { kind: 'cast', arg: local, safe: false, type: withNullable(type, false) };
}

/** DECIMAL sides keep their scale; a constant takes the scale of the other side, so that the column needs no cast. */
function alignNumbers(left: Expression, right: Expression): readonly [Expression, Expression] | undefined {
  if (isApproximate(left.type) || isApproximate(right.type)) {
    if (left.type.kind === 'float' && right.type.kind === 'float') return [left, right];
    const double: DataType = { kind: 'double', nullable: true };
    return [coerce(left, double), coerce(right, double)];
  }
  if (left.type.kind !== 'decimal' && right.type.kind !== 'decimal') {
    const common = commonType(left.type, right.type);
    return common && [coerce(left, common), coerce(right, common)];
  }
  return [asDecimalSide(left, right), asDecimalSide(right, left)];
}

function asDecimalSide(side: Expression, other: Expression): Expression {
  const exact = exactValueOf(side);
  if (
    exact !== undefined &&
    other.kind !== 'literal' &&
    other.type.kind === 'decimal' &&
    exact.scale <= other.type.scale
  ) {
    const scale = other.type.scale;
    const unscaled = exact.unscaled * 10n ** BigInt(scale - exact.scale);
    const digits = unscaled.toString().replace('-', '').length;
    if (digits <= 38) return decimalLiteral(unscaled, Math.max(digits, other.type.precision), scale);
  }
  const type = asDecimal(side.type);
  return type === undefined ? side : coerce(side, type);
}

/** All values as one type: branches of CASE, arguments of COALESCE. Reports and returns undefined when there is none. */
export function alignValues(
  values: readonly Expression[],
  spans: readonly Span[],
  what: string,
  report: Report,
): { readonly values: readonly Expression[]; readonly type: DataType } | undefined {
  let type: DataType | undefined;
  for (const [at, value] of values.entries()) {
    if (isUntypedNull(value)) continue;
    const common: DataType | undefined = type === undefined ? value.type : commonType(type, value.type);
    if (common === undefined || type === undefined) {
      type = common;
      if (type !== undefined) continue;
      const first = values.find((candidate) => !isUntypedNull(candidate)) ?? value;
      const remedy = oneTypeRemedy(first.type, value.type, 'use CAST to make them one type.');
      const message = `${what} mixes ${typeName(first)} and ${typeName(value)}: ${remedy}`;
      return report.error('sql.type-mismatch', spans[at] ?? { from: 0, to: 0 }, message);
    }
    type = common;
  }
  const settled = type ?? UNTYPED;
  return { values: values.map((value) => coerce(value, settled)), type: settled };
}
