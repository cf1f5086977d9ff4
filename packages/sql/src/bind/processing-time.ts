import type { Expr } from '../ast.ts';
import { isProcessingTimeAt } from '../relation/time.ts';
import type { FilledScope } from './join.ts';
import { findColumn } from './scope.ts';

/** PROCTIME(), or a column that it gives. Reports nothing. */
export function isProcessingTime(expr: Expr, scope: FilledScope): boolean {
  if (expr.kind === 'call') return expr.name.text.toUpperCase() === 'PROCTIME' && expr.args.length === 0;
  const found = expr.kind === 'column' ? findColumn(expr, scope) : undefined;
  if (found === undefined || expr.kind !== 'column' || expr.path.length !== found.taken) return false;
  return isProcessingTimeAt(scope.relation, found.index);
}
