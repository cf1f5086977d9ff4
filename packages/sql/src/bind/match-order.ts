import type { SortColumn, TimeRef } from '@millrace/plan';
import type { MatchTable, OrderItem } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import { isClock, timeAt } from '../relation/time.ts';
import { bindExpression } from './expression.ts';
import type { FilledScope } from './join.ts';
import { bindOrderItem } from './order-item.ts';
import { isProcessingTime } from './processing-time.ts';
import { isTimestamp } from './type-rule.ts';
import { spanOf, timeOfColumn } from './window.ts';

/** What the rows of a partition are taken in order of. */
export interface MatchOrder {
  readonly time: TimeRef;
  /** What decides between rows of one time. */
  readonly order: readonly SortColumn[];
}

/** ORDER BY of MATCH_RECOGNIZE: a time ascending, then any columns. Undefined after a report. */
export function bindMatchOrder(ref: MatchTable, scope: FilledScope, report: Report): MatchOrder | undefined {
  const [first, ...rest] = ref.orderBy;
  if (first === undefined) {
    const [name = 'PROCTIME()'] = timesOf(scope.relation);
    const message = `MATCH_RECOGNIZE needs ORDER BY ${name}: a pattern is a sequence in time.`;
    return report.error('sql.invalid-window', ref.wordSpan, message);
  }
  const time = bindTime(first, scope, report);
  const last = rest.at(-1);
  // Rows of one event time are in order of arrival already, if nothing else is said.
  const isArrival = typeof time === 'number' && last?.descending === false && isProcessingTime(last.expr, scope);
  const order = (isArrival ? rest.slice(0, -1) : rest).map((item) => bindTieBreak(item, scope, report));
  const known = order.filter((column) => column !== undefined);
  return time === undefined || known.length < order.length ? undefined : { time, order: known };
}

function bindTime(item: OrderItem, scope: FilledScope, report: Report): TimeRef | undefined {
  const { relation } = scope;
  const bound = bindExpression(item.expr, { scope, report });
  if (bound === undefined) return undefined;
  const name = bound.kind === 'column' ? relation.fields[bound.index]?.name : undefined;
  const time = bound.kind === 'column' ? timeAt(relation, bound.index) : isClock(bound) ? 'processing' : undefined;
  if (time !== undefined && !item.descending) return time;
  const times = timesOf(relation);
  if (time !== undefined || times.length > 0 || name === undefined || bound.kind !== 'column') {
    const [best = 'PROCTIME()'] = time === undefined ? times : [name];
    const message = `ORDER BY of MATCH_RECOGNIZE begins with a time, ascending: ORDER BY ${best}.`;
    return report.error('sql.invalid-window', item, message);
  }
  if (isTimestamp(bound.type)) return timeOfColumn(bound.index, { text: name, ...spanOf(item) }, relation, report);
  const message = `${name} is no time: declare a WATERMARK in the table and pass its column on unchanged, or write ORDER BY PROCTIME() for the order in which rows come.`;
  return report.error('sql.invalid-window', item, message);
}

function bindTieBreak(item: OrderItem, scope: FilledScope, report: Report): SortColumn | undefined {
  if (isProcessingTime(item.expr, scope)) {
    const message =
      'The clock decides nothing between rows of one time: name it first, or last for the order of arrival.';
    return report.error('sql.invalid-window', item, message);
  }
  const errorsBefore = report.errorCount;
  const column = bindOrderItem(item, { scope, report }, (bound) => {
    if (bound.kind === 'column') return bound.index;
    report.error('sql.unsupported', item.expr, 'ORDER BY of MATCH_RECOGNIZE takes columns.');
    return -1;
  });
  return report.errorCount > errorsBefore ? undefined : column;
}

/** The time attributes by name, the event time first. */
function timesOf(relation: Relation): readonly string[] {
  const { eventTime } = relation;
  const clocks = [...relation.fields.keys()].filter((index) => timeAt(relation, index) === 'processing');
  return [...(eventTime === undefined ? [] : [eventTime]), ...clocks].flatMap(
    (index) => relation.fields[index]?.name ?? [],
  );
}
