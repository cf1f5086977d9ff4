import type { Expression } from '@millrace/plan';
import type { Expr, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import { containsAggregate } from './aggregate-call.ts';
import { attached, looksAtRowsWindow } from './attached-window.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { GroupBuilder } from './group-builder.ts';
import { bindOldWindow, type GroupWindow, isGroupWindow, windowBelow } from './group-window.ts';
import { groupingSetsOf, SETS_MAX } from './grouping-sets.ts';
import type { Scope } from './scope.ts';

/** GROUP BY of a select, bound: what is grouped, and how expressions over it become expressions over the result. */
export interface Grouping {
  /** For binding SELECT items and HAVING. */
  readonly context: ExpressionContext;
  /** Call after all items are bound: the aggregate, and the items over its output. Undefined after a report. */
  finish(
    items: readonly Expression[],
  ): { readonly relation: Relation; readonly items: readonly Expression[] } | undefined;
}

/** Whether the select has to be bound as an aggregation. */
export function isAggregation(select: Select): boolean {
  if (select.groupBySpan !== undefined || select.having !== undefined) return true;
  return select.items.some((item) => item.kind === 'expression' && containsAggregate(item.expr));
}

/**
 * Binds GROUP BY over `relation`. The window comes from a table function below, or from TUMBLE(...), HOP(...) or SESSION(...) among the
 * keys; without one every group has a row that is replaced as it changes.
 */
export function bindGrouping(select: Select, relation: Relation, scope: Scope, report: Report): Grouping | undefined {
  const errorsBefore = report.errorCount;
  const { keys: all, sets } = groupingSetsOf(select.groupBy);
  if (sets === undefined) {
    const message = `GROUP BY has more than ${SETS_MAX} grouping sets: list the ones you need with GROUPING SETS.`;
    return report.error('sql.too-large', select.groupBySpan ?? select, message);
  }
  const [old] = all.flatMap((expr) => (isGroupWindow(expr) ? [expr] : []));
  const window =
    old === undefined ? windowOf(select, all, relation, scope, report) : bindOldWindow(old, relation, scope, report);
  const keys = all.map((expr) =>
    isGroupWindow(expr) ? undefined : { expr, bound: bindExpression(expr, { scope, report }) },
  );
  if (report.errorCount > errorsBefore) return undefined;
  const builder = new GroupBuilder(select, relation, scope, report, window, old);
  const places = keys.map((key) => (key?.bound === undefined ? undefined : builder.addKey(key.bound, key.expr)));
  if (report.errorCount > errorsBefore || !builder.checkWindowKeys()) return undefined;
  if (sets.length > 1) builder.useSets(sets.map((set) => set.flatMap((key) => places[key] ?? [])));
  return builder;
}

/** The window of a table function below, put on the rows where the query asks for the window of each. */
function windowOf(
  select: Select,
  keys: readonly Expr[],
  relation: Relation,
  scope: Scope,
  report: Report,
): GroupWindow | undefined {
  const window = windowBelow(relation);
  if (window === undefined || !looksAtRowsWindow(select, keys, window, { ...scope, relation })) return window;
  return attached(window, select, report);
}
