import type { ColumnRef, Expr } from './ast.ts';

/** The direct parts of an expression; queries inside it are not entered. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'binary':
    case 'distinct-from':
    case 'overlaps':
      return [expr.left, expr.right];
    case 'unary':
    case 'is':
    case 'cast':
    case 'field':
    case 'in-query':
    case 'quantified':
      return [expr.arg];
    case 'at-time-zone':
      return [expr.arg, expr.zone];
    case 'element':
      return [expr.arg, expr.index];
    case 'constructor':
      return expr.items;
    case 'between':
      return [expr.arg, expr.low, expr.high];
    case 'in':
      return [expr.arg, ...expr.list];
    case 'like':
      return expr.escape === undefined ? [expr.arg, expr.pattern] : [expr.arg, expr.pattern, expr.escape];
    case 'call':
      return expr.filter === undefined ? expr.args : [...expr.args, expr.filter];
    case 'case': {
      const parts = expr.branches.flatMap(({ when, value }) => [when, value]);
      return [expr.operand, expr.otherwise, ...parts].filter((part) => part !== undefined);
    }
    default:
      return [];
  }
}

/** Whether `test` holds for the expression or a part of it. */
export function someExpr(expr: Expr, test: (part: Expr) => boolean): boolean {
  return test(expr) || childrenOf(expr).some((part) => someExpr(part, test));
}

/** Every column named, queries inside not entered. */
export function columnRefs(expr: Expr): readonly ColumnRef[] {
  return expr.kind === 'column' ? [expr] : childrenOf(expr).flatMap(columnRefs);
}

/** a AND b AND c as [a, b, c]. */
export function conjunctsOf(expr: Expr): readonly Expr[] {
  if (expr.kind !== 'binary' || expr.operator !== 'AND') return [expr];
  return [...conjunctsOf(expr.left), ...conjunctsOf(expr.right)];
}
