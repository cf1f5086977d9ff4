import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { combineIntervals, negateInterval } from './interval-arithmetic.ts';
import { exactValueOf, integerLiteral, numberLiteral } from './literal.ts';
import {
  asDecimal,
  commonType,
  decimalResult,
  INTEGER_KINDS,
  isApproximate,
  isDatetime,
  isInteger,
  isNumeric,
  withNullable,
} from './type-rule.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** `left operator right` typed as Flink types it, both sides made one kind; undefined after a report. */
export function bindArithmetic(
  operator: ArithmeticOperator,
  left: Expression,
  right: Expression,
  span: Span,
  report: Report,
): Expression | undefined {
  if (isUntypedNull(left) && !isUntypedNull(right))
    return bindArithmetic(operator, coerce(left, right.type), right, span, report);
  if (isUntypedNull(right) && !isUntypedNull(left) && isNumeric(left.type)) {
    return bindArithmetic(operator, left, coerce(right, left.type), span, report);
  }
  const withTime = bindTimeArithmetic(operator, left, right, span, report);
  if (withTime !== 'not a time') return withTime;
  if (!isNumeric(left.type) || !isNumeric(right.type)) {
    const hint =
      operator === '+' && (left.type.kind === 'string' || right.type.kind === 'string') ? ' To join texts use ||.' : '';
    const message = `${typeName(left)} ${operator} ${typeName(right)} is not defined: use CAST to make both numbers.${hint}`;
    return report.error('sql.type-mismatch', span, message);
  }
  const nullable = left.type.nullable || right.type.nullable;
  const call = (a: Expression, b: Expression, type: DataType): Expression => ({
    kind: 'call',
    name: operator,
    args: [a, b],
    type: withNullable(type, nullable),
  });
  const usesDecimal = left.type.kind === 'decimal' || right.type.kind === 'decimal';
  if (usesDecimal && !isApproximate(left.type) && !isApproximate(right.type)) {
    const a = asDecimal(left.type);
    const b = asDecimal(right.type);
    if (a === undefined || b === undefined) return undefined;
    return call(coerce(left, a), coerce(right, b), decimalResult(operator, a, b));
  }
  const common = commonType(left.type, right.type);
  if (common === undefined) return undefined;
  const result = call(coerce(left, common), coerce(right, common), common);
  // The remainder has the type of the divisor.
  return operator === '%' && isInteger(right.type) && isNarrower(right.type, common)
    ? coerce(result, right.type)
    : result;
}

function isNarrower(type: DataType, than: DataType): boolean {
  const rank = (kind: DataType['kind']) => INTEGER_KINDS.findIndex((candidate) => candidate === kind);
  return isInteger(than) && rank(type.kind) < rank(than.kind);
}

/** time +- interval, interval + time; what is of intervals alone is in interval-arithmetic.ts. */
function bindTimeArithmetic(
  operator: ArithmeticOperator,
  left: Expression,
  right: Expression,
  span: Span,
  report: Report,
): Expression | undefined | 'not a time' {
  const isTime = (side: Expression) => isDatetime(side.type) || side.type.kind === 'interval';
  if (!isTime(left) && !isTime(right)) return 'not a time';
  if (isDatetime(left.type) && right.type.kind === 'interval' && (operator === '+' || operator === '-')) {
    return plus(left, operator === '+' ? right : negateInterval(right));
  }
  if (left.type.kind === 'interval' && isDatetime(right.type) && operator === '+') return plus(right, left);
  const combined = combineIntervals(operator, left, right);
  if (combined !== undefined) return combined;
  if (isDatetime(left.type) && isDatetime(right.type) && operator === '-') {
    const message =
      'The difference of two times has a unit: (later - earlier) DAY TO SECOND, or TIMESTAMPDIFF(SECOND, earlier, later).';
    const insert = `(${report.source.slice(span)}) DAY TO SECOND`;
    const isOneType = left.type.kind === right.type.kind;
    const fix = isOneType ? { title: 'Add DAY TO SECOND', insert, from: span.from, to: span.to } : undefined;
    return report.error('sql.type-mismatch', span, message, fix);
  }
  const remedy =
    operator === '+' || operator === '-'
      ? 'add an INTERVAL to a time, or use TIMESTAMPDIFF.'
      : 'an INTERVAL is multiplied by a whole number; CAST it to BIGINT for anything else.';
  const message = `${typeName(left)} ${operator} ${typeName(right)} is not defined: ${remedy}`;
  return report.error('sql.type-mismatch', span, message);
}

function plus(time: Expression, interval: Expression): Expression {
  const nullable = time.type.nullable || interval.type.nullable;
  return { kind: 'call', name: 'datetime-plus', args: [time, interval], type: withNullable(time.type, nullable) };
}

/** -x for a number or an interval; undefined when x is neither. Constants are negated here. */
export function negate(arg: Expression): Expression | undefined {
  if (arg.type.kind === 'interval') return negateInterval(arg);
  if (arg.kind === 'literal' && arg.value !== null) {
    const exact = exactValueOf(arg);
    if (exact !== undefined && arg.type.kind === 'decimal' && typeof arg.value === 'string') {
      const text = arg.value.startsWith('-') ? arg.value.slice(1) : `-${arg.value}`;
      return { ...arg, value: text };
    }
    if (exact !== undefined && isInteger(arg.type)) {
      return numberLiteral(String(-exact.unscaled)) ?? integerLiteral(-exact.unscaled, arg.type.kind);
    }
    if (typeof arg.value === 'number' && arg.type.kind === 'double') {
      return { ...arg, value: -arg.value };
    }
  }
  if (!isNumeric(arg.type)) return undefined;
  return { kind: 'call', name: 'negate', args: [arg], type: arg.type };
}
