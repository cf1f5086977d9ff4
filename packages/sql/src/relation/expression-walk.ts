import { type Expression, partsOf } from '@millrace/plan';

const sizes = new WeakMap<Expression, number>();

/** How many nodes the expression has when written out; shared parts count as often as they occur. */
export function sizeOf(expression: Expression): number {
  const known = sizes.get(expression);
  if (known !== undefined) return known;
  const size = partsOf(expression).reduce((sum, part) => sum + sizeOf(part), 1);
  sizes.set(expression, size);
  return size;
}

const NOT_DETERMINISTIC = new Set([
  'current-watermark',
  'current-timestamp',
  'current-date',
  'proctime',
  'rand',
  'rand-integer',
  'uuid',
]);

/** Gives the same value for the same row, whenever it is computed. UNIX_TIMESTAMP() without arguments reads the clock. */
export function isDeterministic(expression: Expression): boolean {
  if (expression.kind === 'call') {
    if (NOT_DETERMINISTIC.has(expression.name)) return false;
    if (expression.name === 'unix-timestamp' && expression.args.length === 0) return false;
  }
  if (expression.kind === 'user-call' && !expression.deterministic) return false;
  return partsOf(expression).every(isDeterministic);
}

/** Some part is CURRENT_WATERMARK: the rows must come with one. */
export function asksWatermark(expression: Expression): boolean {
  if (expression.kind === 'call' && expression.name === 'current-watermark') return true;
  return partsOf(expression).some(asksWatermark);
}

/** Some part is a call of a function somebody wrote: dearer than anything built in. */
export function callsUserFunction(expression: Expression): boolean {
  return expression.kind === 'user-call' || partsOf(expression).some(callsUserFunction);
}
