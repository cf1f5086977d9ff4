import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { coerce, typeName } from './coerce.ts';
import { isDatetime, isInteger, withNullable } from './type-rule.ts';

/**
 * What can be computed with INTERVALs, as in Flink: sums and differences of one family, whole multiples, and the difference of two times.
 * Constants are worked out here as long as the result fits; what does not is left to run, where it fails the record (milliseconds) or wraps
 * (months), like any other value.
 */

export type IntervalType = Extract<DataType, { kind: 'interval' }>;
export type IntervalUnit = IntervalType['unit'];

/** INTERVAL +- INTERVAL, INTERVAL * whole number in either order; undefined for anything else. */
export function combineIntervals(
  operator: '+' | '-' | '*' | '/' | '%',
  left: Expression,
  right: Expression,
): Expression | undefined {
  if (operator === '*') {
    if (left.type.kind === 'interval' && isInteger(right.type)) return intervalTimes(right, left);
    if (right.type.kind === 'interval' && isInteger(left.type)) return intervalTimes(left, right);
  }
  if (operator !== '+' && operator !== '-') return undefined;
  if (left.type.kind !== 'interval' || right.type.kind !== 'interval' || left.type.unit !== right.type.unit)
    return undefined;
  const [a, b] = [amountOf(left), amountOf(right)];
  const folded = a === undefined || b === undefined ? undefined : constant(operator === '+' ? a + b : a - b, left.type);
  return folded ?? call(operator, [left, right], left.type);
}

/** So many times an interval; `count` is a whole number, `interval` any INTERVAL. */
export function intervalTimes(count: Expression, interval: Expression): Expression {
  const [times, each] = [amountOf(count), amountOf(interval)];
  const folded = times === undefined || each === undefined ? undefined : constant(times * each, interval.type);
  return folded ?? call('*', [interval, count], interval.type);
}

/** -INTERVAL. */
export function negateInterval(interval: Expression): Expression {
  const amount = amountOf(interval);
  const folded = amount === undefined ? undefined : constant(-amount, interval.type);
  return folded ?? call('negate', [interval], interval.type);
}

/** `(left - right) unit`: two times of one type apart, in milliseconds or in whole months. Undefined after a report. */
export function bindDifference(
  left: Expression,
  right: Expression,
  unit: IntervalUnit,
  span: Span,
  report: Report,
): Expression | undefined {
  const [a, b] = [typeName(left), typeName(right)];
  if (!isDatetime(left.type) || !isDatetime(right.type)) {
    const message = `(${a} - ${b}) with a unit behind it is the INTERVAL between two times; to name a column write AS before the name.`;
    return report.error('sql.type-mismatch', span, message);
  }
  if (left.type.kind !== right.type.kind) {
    const message = `The INTERVAL between ${a} and ${b}: use CAST to make both one type.`;
    return report.error('sql.type-mismatch', span, message);
  }
  const nullable = left.type.nullable || right.type.nullable;
  const isMonths = unit === 'months';
  const difference: Expression = {
    kind: 'call',
    name: isMonths ? 'datetime-diff-months' : 'datetime-diff-ms',
    args: [left, right],
    type: { kind: isMonths ? 'integer' : 'bigint', nullable },
  };
  return coerce(difference, { kind: 'interval', unit, nullable });
}

/** The count of a constant, when it is a safe integer. */
function amountOf(expression: Expression): number | undefined {
  if (expression.kind !== 'literal' || expression.value === null) return undefined;
  const amount = Number(expression.value);
  return Number.isSafeInteger(amount) ? amount : undefined;
}

function constant(amount: number, type: DataType): Expression | undefined {
  const fits =
    type.kind === 'interval' && type.unit === 'months' ? amount === (amount | 0) : Number.isSafeInteger(amount);
  return fits ? { kind: 'literal', value: amount + 0, type: withNullable(type, false) } : undefined;
}

function call(name: '+' | '-' | '*' | 'negate', args: readonly Expression[], type: DataType): Expression {
  return {
    kind: 'call',
    name,
    args,
    type: withNullable(
      type,
      args.some((arg) => arg.type.nullable),
    ),
  };
}
