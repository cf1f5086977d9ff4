import { columnsOf, conjunction, type WindowSpec } from '@millrace/plan';
import type { Expr, Select } from '../ast.ts';
import { childrenOf, columnRefs } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, filter, type WindowTable } from '../relation/relation.ts';
import { aggregateOf } from './aggregate-call.ts';
import type { GroupWindow } from './group-window.ts';
import { findColumn, type Scope } from './scope.ts';
import { windowFields } from './window.ts';

/**
 * Whether the GROUP BY looks at the window of each single row: a key, a condition or the argument of an aggregate that reads window columns
 * together with others, or an aggregate over window columns. Then every row must be given its windows before it is grouped.
 */
export function looksAtRowsWindow(select: Select, keys: readonly Expr[], window: GroupWindow, scope: Scope): boolean {
  const first = window.input.fields.length;
  const readsOf = (expr: Expr) =>
    columnRefs(expr).flatMap((ref) => {
      const found = findColumn(ref, scope);
      return found === undefined || scope.relation === undefined
        ? []
        : [...columnsOf(window.over(columnOf(scope.relation, found.index)))];
    });
  const isMixed = (reads: readonly number[]) =>
    reads.some((index) => index >= first) && reads.some((index) => index < first);
  if (window.predicates.some((predicate) => isMixed([...columnsOf(predicate)]))) return true;
  if (keys.some((key) => isMixed(readsOf(key)))) return true;
  const items = select.items.flatMap((item) => (item.kind === 'expression' ? [item.expr] : []));
  const asked = [...items, ...(select.having === undefined ? [] : [select.having])];
  return asked.flatMap(aggregatesIn).some((part) => readsOf(part).some((index) => index >= first));
}

/** The arguments and filters of the aggregates of an expression. */
function aggregatesIn(expr: Expr): readonly Expr[] {
  const isAggregate = expr.kind === 'call' && expr.over === undefined && aggregateOf(expr) !== undefined;
  return isAggregate ? childrenOf(expr) : childrenOf(expr).flatMap(aggregatesIn);
}

/**
 * The same window as columns of its rows. Windows on a grid end at most once per step, so that the rows of one window are those that a TUMBLE of one
 * step over window_time puts together: it is complete when the watermark passes its end, as before. Undefined after a report.
 */
export function attached(window: GroupWindow, select: Select, report: Report): GroupWindow | undefined {
  const { input, timeColumn } = window;
  const at = select.groupBySpan ?? select;
  if (timeColumn === 'processing' || window.window.kind === 'session') {
    const what = timeColumn === 'processing' ? 'A window over processing time' : 'A session';
    const message = `${what} is known only when it ends: take window_start and window_end of the result, in SELECT ... FROM (SELECT ... GROUP BY ...).`;
    return report.error('sql.invalid-window', at, message);
  }
  const time = columnOf(input, timeColumn).type;
  const rows: WindowTable = {
    kind: 'window',
    input,
    timeColumn,
    window: window.window,
    partition: [],
    fields: [...input.fields, ...windowFields(time)],
    eventTime: input.fields.length + 2,
  };
  const condition = conjunction(window.predicates);
  return {
    input: condition === undefined ? rows : filter(rows, condition),
    timeColumn: input.fields.length + 2,
    window: stepOf(window.window),
    partition: undefined,
    predicates: [],
    over: window.over,
    attachedAt: input.fields.length,
    startIsKey: window.window.kind !== 'tumble',
  };
}

function stepOf(window: Exclude<WindowSpec, { kind: 'session' }>): WindowSpec {
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
