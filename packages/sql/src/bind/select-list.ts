import type { Expression } from '@millrace/plan';
import type { Expr, SelectItem } from '../ast.ts';
import { columnOf } from '../relation/relation.ts';
import { didYouMean } from '../suggestion.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { columnsOfTable, qualifiersOf, visibleColumns } from './scope.ts';

/** The values of a SELECT list and the names they get. */
export interface BoundItems {
  readonly expressions: readonly Expression[];
  readonly names: readonly string[];
}

/** The SELECT list, every broken item reported; undefined if there was one. */
export function bindItems(items: readonly SelectItem[], context: ExpressionContext): BoundItems | undefined {
  const { scope } = context;
  const expressions: Expression[] = [];
  const names: string[] = [];
  let failed = false;
  for (const item of items) {
    if (item.kind === 'star') {
      const columns = starColumns(item, context);
      if (columns === undefined) failed = true;
      for (const index of columns ?? []) {
        if (scope.relation === undefined) continue;
        expressions.push(columnOf(scope.relation, index));
        names.push(newName(scope.relation.fields[index]?.name ?? '', names));
      }
      continue;
    }
    const bound = bindExpression(item.expr, context);
    if (bound === undefined) failed = true;
    else {
      expressions.push(bound);
      names.push(item.alias?.text ?? nameOfItem(item.expr) ?? `EXPR$${expressions.length - 1}`);
    }
  }
  return failed ? undefined : { expressions, names };
}

/** Two tables may have columns of one name: `*` calls the second one id0, as Flink does. */
function newName(name: string, names: readonly string[]): string {
  if (!names.includes(name)) return name;
  let suffix = 0;
  while (names.includes(`${name}${suffix}`)) suffix++;
  return `${name}${suffix}`;
}

/** The name a value of a SELECT list has of itself. */
export function nameOfItem(expr: Expr): string | undefined {
  if (expr.kind === 'field') return expr.name.text;
  return expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
}

function starColumns(
  item: Extract<SelectItem, { kind: 'star' }>,
  { scope, report }: ExpressionContext,
): readonly number[] | undefined {
  if (item.table === undefined) return visibleColumns(scope);
  const columns = columnsOfTable(scope, item.table.text);
  if (columns !== undefined) return columns;
  const { hint, fix } = didYouMean(item.table.text, item.table, qualifiersOf(scope));
  return report.error('sql.unknown-table', item.table, `No table ${item.table.text} in FROM.${hint}`, fix);
}
