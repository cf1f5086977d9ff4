import { columnsOf, conjunction, type GridWindow, type WindowSpec } from '@millrace/plan';
import type { Expr, Select } from '../ast.ts';
import { childrenOf, columnRefs } from '../ast-walk.ts';
import { columnOf, filter, project, type Relation, type WindowAggregate } from '../relation/relation.ts';
import { windowColumnsOf } from '../relation/window-columns.ts';
import { withWindowTime } from '../relation/window-time.ts';
import { aggregateOf } from './aggregate-call.ts';
import type { GroupWindow, WindowBelow } from './group-window.ts';
import { findColumn, type Scope } from './scope.ts';
import { windowFields, windowTable } from './window.ts';

/**
 * Whether the GROUP BY looks at the window of each single row: a key, a condition or the argument of an aggregate that reads window columns
 * together with others, or an aggregate over window columns. Then every row must be given its windows before it is grouped.
 */
export function looksAtRowsWindow(select: Select, keys: readonly Expr[], window: GroupWindow, scope: Scope): boolean {
  const readsOf = (expr: Expr) =>
    columnRefs(expr).flatMap((ref) => {
      const found = findColumn(ref, scope);
      return found === undefined || scope.relation === undefined
        ? []
        : [...columnsOf(window.over(columnOf(scope.relation, found.index)))];
    });
  const isOfWindow = (index: number) => window.columns.has(index);
  const isMixed = (reads: readonly number[]) => reads.some(isOfWindow) && !reads.every(isOfWindow);
  if (window.predicates.some((predicate) => isMixed([...columnsOf(predicate)]))) return true;
  if (keys.some((key) => isMixed(readsOf(key)))) return true;
  const items = select.items.flatMap((item) => (item.kind === 'expression' ? [item.expr] : []));
  const asked = [...items, ...(select.having === undefined ? [] : [select.having])];
  return asked.flatMap(aggregatesIn).some((part) => readsOf(part).some(isOfWindow));
}

/** The arguments and filters of the aggregates of an expression. */
function aggregatesIn(expr: Expr): readonly Expr[] {
  const isAggregate = expr.kind === 'call' && expr.over === undefined && aggregateOf(expr) !== undefined;
  return isAggregate ? childrenOf(expr) : childrenOf(expr).flatMap(aggregatesIn);
}

/**
 * The window of a table function as columns of its rows. Windows on a grid end at most once per step, so that the rows of one window are those that a
 * TUMBLE of one step over window_time puts together. A session is given out when it is over, and grouped by the window its rows carry.
 */
export function attachedBelow({ input, timeColumn, window, partition, predicates, over }: WindowBelow): GroupWindow {
  const rows = windowTable(input, timeColumn, window, partition);
  const condition = conjunction(predicates);
  return {
    input: condition === undefined ? rows : filter(rows, condition),
    timeColumn: rows.fields.length - 1,
    window: stepOf(window),
    predicates: [],
    over,
    columns: windowColumnsOf(rows),
    isAttached: true,
    startIsKey: window.kind !== 'tumble',
  };
}

function stepOf(window: WindowSpec): WindowSpec {
  return window.kind === 'session' || window.kind === 'attached' ? { kind: 'attached' } : oneStep(window);
}

function oneStep(window: GridWindow): WindowSpec {
  const { offsetMs } = window;
  switch (window.kind) {
    case 'tumble':
      return window;
    case 'hop':
      return { kind: 'tumble', sizeMs: window.slideMs, offsetMs };
    case 'cumulate':
      return { kind: 'tumble', sizeMs: window.stepMs, offsetMs };
  }
}

/** The windows that rows carry which come from an aggregate, a join or a ranking of windows. Undefined where they carry none. */
export function attachedAbove(relation: Relation): GroupWindow | undefined {
  const timed = withWindowTime(relation);
  if (timed === undefined) return undefined;
  return {
    input: timed.relation,
    timeColumn: timed.time,
    window: { kind: 'attached' },
    predicates: [],
    over: (expression) => expression,
    columns: windowColumnsOf(timed.relation),
    isAttached: true,
    startIsKey: true,
  };
}

/** SELECT DISTINCT of rows whose columns name their window: each row once, when the window is over. Undefined where they name none. */
export function distinctInWindow(relation: Relation): Relation | undefined {
  const parts = windowColumnsOf(relation);
  const named = new Set(parts.values());
  const window = named.has('start') && named.has('end') ? attachedAbove(relation) : undefined;
  if (window === undefined || window.timeColumn === 'processing') return undefined;
  const { fields } = relation;
  const isGiven = (index: number) => parts.get(index) === 'end' || parts.get(index) === 'time';
  const keys = [...fields.keys()].filter((index) => !isGiven(index));
  const time = columnOf(window.input, window.timeColumn).type;
  const bounds = windowFields(time).map(({ name }) => ({ name, type: { ...time, nullable: false } }));
  const all = [...keys.flatMap((key) => fields[key] ?? []), ...bounds];
  const grouped: WindowAggregate = {
    kind: 'window-aggregate',
    input: window.input,
    keys,
    timeColumn: window.timeColumn,
    window: window.window,
    calls: [],
    fields: all,
    eventTime: all.length - 1,
  };
  const columns = fields.map(({ type }, index) => {
    const place = isGiven(index) ? all.length - (parts.get(index) === 'end' ? 2 : 1) : keys.indexOf(index);
    const column = columnOf(grouped, place);
    return column.type.kind === type.kind ? column : ({ kind: 'cast', arg: column, safe: false, type } as const);
  });
  return project(
    grouped,
    columns,
    fields.map(({ name }) => name),
  );
}
