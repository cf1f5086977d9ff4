import type { Expression, SortColumn } from '@millrace/plan';
import type { OrderItem } from '../ast.ts';
import { typeName } from './coerce.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { isConstructed } from './type-rule.ts';

/** An item of ORDER BY as a column; `columnFor` makes one of an expression. */
export function bindOrderItem(
  item: OrderItem,
  context: ExpressionContext,
  columnFor: (bound: Expression) => number,
): SortColumn | undefined {
  const bound = bindExpression(item.expr, context);
  if (bound === undefined) return undefined;
  if (isConstructed(bound.type)) {
    return context.report.error('sql.type-mismatch', item, `${typeName(bound)} has no order: name its parts.`);
  }
  const { descending } = item;
  return {
    column: columnFor(bound),
    descending,
    nullsLast: item.nulls === undefined ? descending : item.nulls === 'last',
  };
}
