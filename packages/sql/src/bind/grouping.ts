import { columnsOf, type Expression } from '@millrace/plan';
import type { Expr, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import type { Relation } from '../relation/relation.ts';
import { type WindowColumns, type WindowPart, windowColumnsOf } from '../relation/window-columns.ts';
import { containsAggregate } from './aggregate-call.ts';
import { attachedAbove, attachedBelow, looksAtRowsWindow } from './attached-window.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { GroupBuilder } from './group-builder.ts';
import { bindOldWindow, type GroupWindow, isGroupWindow, type WindowBelow, windowBelow } from './group-window.ts';
import { groupingSetsOf, SETS_MAX } from './grouping-sets.ts';
import type { Scope } from './scope.ts';
import { isGivenBy } from './window-keys.ts';

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
 * Binds GROUP BY over `relation`. The window comes from its rows, where the keys name it, or from TUMBLE(...), HOP(...) or SESSION(...) among the
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
  const oldWindow = old && bindOldWindow(old, relation, scope, report);
  const keys = all.map((expr) =>
    isGroupWindow(expr) ? undefined : { expr, bound: bindExpression(expr, { scope, report }) },
  );
  if (report.errorCount > errorsBefore) return undefined;
  const bound = keys.map((key) => key?.bound);
  const window = old === undefined ? windowOf(select, { exprs: all, bound, sets }, relation, scope, report) : oldWindow;
  const builder = new GroupBuilder(select, relation, scope, report, window, old);
  const places = keys.map((key) => (key?.bound === undefined ? undefined : builder.addKey(key.bound, key.expr)));
  if (report.errorCount > errorsBefore) return undefined;
  if (sets.length > 1) builder.useSets(sets.map((set) => set.flatMap((key) => places[key] ?? [])));
  return builder;
}

interface BoundKeys {
  readonly exprs: readonly Expr[];
  /** Over the select's input. */
  readonly bound: readonly (Expression | undefined)[];
  /** Positions in `exprs`. */
  readonly sets: readonly (readonly number[])[];
}

/**
 * The window of rows that carry one, where every grouping set names its start and end: its groups are given out when it is over. Other groups go on
 * for ever, as without a window.
 */
function windowOf(
  select: Select,
  keys: BoundKeys,
  relation: Relation,
  scope: Scope,
  report: Report,
): GroupWindow | undefined {
  const parts = windowColumnsOf(relation);
  if (parts.size === 0 || !isAppendOnly(relation)) return undefined;
  const below = windowBelow(relation);
  const missing = missingParts(keys, parts);
  if (missing.length > 0) {
    if (below !== undefined) warnOfNoEnd(select, keys, missing, report);
    return undefined;
  }
  if (below === undefined) return attachedAbove(relation);
  const isDirect = isMadeAtOnce(below, keys) && !looksAtRowsWindow(select, keys.exprs, below, { ...scope, relation });
  return isDirect ? below : attachedBelow(below);
}

function missingParts({ bound, sets }: BoundKeys, parts: WindowColumns): readonly string[] {
  const partOf = (key: number) => {
    const expression = bound[key];
    return expression?.kind === 'column' ? parts.get(expression.index) : undefined;
  };
  const isIn = (part: WindowPart) => sets.every((set) => set.some((key) => partOf(key) === part));
  return (['start', 'end'] as const).filter((part) => !isIn(part)).map((part) => `window_${part}`);
}

/**
 * Whether windows and groups are made in one step. On a grid they always are; a session is made by what it is partitioned by, of all its rows: grouped
 * by other columns, or after a condition on them, its rows are told first.
 */
function isMadeAtOnce(window: WindowBelow, { bound, sets }: BoundKeys): boolean {
  const { partition } = window;
  if (window.window.kind !== 'session') return true;
  const isPartition = (index: number) => partition.includes(index);
  const isOfWhole = (predicate: Expression) =>
    [...columnsOf(predicate)].every((index) => isPartition(index) || window.columns.has(index));
  const groupsByPartition = (set: readonly number[]) => {
    const own = set.flatMap((key) => bound[key] ?? []).map(window.over);
    const columns = own.filter((key) => !isGivenBy(window, key)).map((key) => (key.kind === 'column' ? key.index : -1));
    return columns.every(isPartition) && partition.every((index) => columns.includes(index));
  };
  return window.predicates.every(isOfWhole) && sets.every(groupsByPartition);
}

/** As Flink does it, which is seldom what is meant. */
function warnOfNoEnd(select: Select, { sets }: BoundKeys, missing: readonly string[], report: Report): void {
  const at = select.groupBySpan ?? select.items[0] ?? select;
  const names = missing.join(' and ');
  const place = sets.length > 1 ? 'every grouping set' : 'GROUP BY';
  const message = `Without ${names} in ${place} no window ends a group: groups are kept for ever, and each row replaces a result. Name ${names} too for one final row per window.`;
  const list = missing.join(', ');
  const fix =
    select.groupBySpan === undefined || sets.length > 1
      ? undefined
      : { title: `Add ${list}`, insert: `, ${list}`, from: at.to, to: at.to };
  report.warning('sql.invalid-window', at, message, fix);
}
