import { formatDataType } from '@millrace/model';
import { conjunction, type Expression, type ScalarFunction } from '@millrace/plan';
import type { BinaryExpr, Expr, InExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { alignForComparison, typeName } from './coerce.ts';
import { comparable } from './comparable.ts';
import { oneTypeRemedy } from './interval-cast.ts';
import { stringLiteral } from './literal.ts';
import { rowParts } from './row-parts.ts';
import { isConstructed } from './type-rule.ts';

/** A boolean call that may be NULL when an argument may. */
export function test(name: ScalarFunction, args: readonly Expression[]): Expression {
  return { kind: 'call', name, args, type: { kind: 'boolean', nullable: args.some((arg) => arg.type.nullable) } };
}

export function negateIf(not: boolean, condition: Expression): Expression {
  return not ? test('not', [condition]) : condition;
}

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** `left operator right` with both sides of one kind; ROWs are equal part by part. Undefined after a report. */
export function compare(
  operator: Comparison,
  left: Expression,
  right: Expression,
  span: Span,
  report: Report,
): Expression | undefined {
  const parts = operator === '=' || operator === '<>' ? rowParts(left, right) : undefined;
  if (parts !== undefined) {
    const equal = parts.map(([a, b]) => compare('=', a, b, span, report));
    const known = equal.filter((part) => part !== undefined);
    const all = known.length === equal.length ? conjunction(known) : undefined;
    return all && negateIf(operator === '<>', all);
  }
  if ((operator === '=' || operator === '<>') && areOfOneConstruction(left, right))
    return test(operator, [comparable(left), comparable(right)]);
  const sides = alignForComparison(left, right);
  return sides === undefined ? cannotCompare(left, right, span, report) : test(operator, sides);
}

/** Two ARRAYs, MAPs or ROWs of one type, whichever parts may be NULL: equal when all parts are, NULLs too. */
function areOfOneConstruction(left: Expression, right: Expression): boolean {
  const shape = ({ type }: Expression) => formatDataType(type).replaceAll(' NOT NULL', '');
  return isConstructed(left.type) && isConstructed(right.type) && shape(left) === shape(right);
}

export function cannotCompare(left: Expression, right: Expression, span: Span, report: Report): undefined {
  if (isConstructed(left.type) || isConstructed(right.type)) {
    const message = `${typeName(left)} and ${typeName(right)} cannot be compared: compare their parts.`;
    return report.error('sql.type-mismatch', span, message);
  }
  const literal = [left, right].find((side) => side.kind === 'literal' && side.type.kind === 'string');
  const other = literal === left ? right : left;
  if (literal?.kind === 'literal' && ['date', 'time', 'timestamp', 'timestamp_ltz'].includes(other.type.kind)) {
    return report.error('sql.invalid-literal', span, `'${literal.value}' is no ${typeName(other)}.`);
  }
  const remedy = oneTypeRemedy(left.type, right.type, 'use CAST to make both one type.');
  const message = `${typeName(left)} cannot be compared with ${typeName(right)}: ${remedy}`;
  return report.error('sql.type-mismatch', span, message);
}

/** value IN (item, ...): the value and the list are bound already. */
export function bindIn(expr: InExpr, [arg, ...list]: readonly Expression[], report: Report): Expression | undefined {
  if (arg === undefined) return undefined;
  if (list.every((item) => rowParts(arg, item) !== undefined) && list.length > 0) {
    const equal = list.map((item, at) => compare('=', arg, item, expr.list[at] ?? expr, report));
    const known = equal.filter((part) => part !== undefined);
    if (known.length < equal.length) return undefined;
    return negateIf(
      expr.not,
      known.reduce((all, next) => test('or', [all, next])),
    );
  }
  let common = arg;
  for (const [at, item] of list.entries()) {
    const sides = alignForComparison(common, item);
    if (sides === undefined) return cannotCompare(arg, item, expr.list[at] ?? expr, report);
    common = sides[0];
  }
  const items = list.map((item) => alignForComparison(common, item)?.[1] ?? item);
  return negateIf(expr.not, test('in', [common, ...items]));
}

/** value BETWEEN [SYMMETRIC] low AND high. */
export function bindBetween(
  expr: Extract<Expr, { kind: 'between' }>,
  [arg, low, high]: readonly Expression[],
  report: Report,
): Expression | undefined {
  if (arg === undefined || low === undefined || high === undefined) return undefined;
  const inside = (a: Expression, b: Expression) => {
    const from = compare('>=', arg, a, expr.low, report);
    const to = compare('<=', arg, b, expr.high, report);
    return from && to && test('and', [from, to]);
  };
  const straight = inside(low, high);
  const crossed = expr.symmetric ? inside(high, low) : undefined;
  const within = straight && crossed ? test('or', [straight, crossed]) : straight;
  return within && negateIf(expr.not, within);
}

/** FALSE of NULL, so that IS NOT JSON is its opposite. */
export function bindIsJson(
  arg: Expression,
  what: string,
  not: boolean,
  span: Span,
  report: Report,
): Expression | undefined {
  if (arg.type.kind !== 'string') {
    return report.error('sql.type-mismatch', span, `IS JSON tests a STRING, not ${typeName(arg)}: use CAST.`);
  }
  const kind = stringLiteral(what.slice('JSON '.length));
  const name = not ? 'is-not-true' : 'is-true';
  return { kind: 'call', name, args: [test('is-json', [arg, kind])], type: { kind: 'boolean', nullable: false } };
}

/** Flink takes a comparison with NULL too; but it is never meant. */
export function warnOfNull({ operator, operatorSpan, left, right, from, to }: BinaryExpr, report: Report): void {
  if (left.kind !== 'null' && right.kind !== 'null') return;
  const meant = operator === '=' ? 'IS NULL' : 'IS NOT NULL';
  const isFixed = (operator === '=' || operator === '<>') && left.kind !== 'null';
  const fix = { title: `Change to ${meant}`, insert: meant, from: operatorSpan.from, to: right.to };
  const message = `A comparison with NULL is never true: write ${meant}.`;
  report.warning('sql.no-effect', { from, to }, message, isFixed ? fix : undefined);
}
