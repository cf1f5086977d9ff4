import { type Expression, substitute, type TimeRef, type WindowSpec } from '@millrace/plan';
import type { Expr, FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { peelWindow } from '../relation/peel-window.ts';
import { columnOf, type Relation } from '../relation/relation.ts';
import type { WindowColumns } from '../relation/window-columns.ts';
import type { FilledScope } from './join.ts';
import { partsOf, resolveColumn, type Scope } from './scope.ts';
import { bindWindowSpec, timeOfColumn, type WindowFunction, windowFunctionOf } from './window.ts';

/** Everything known about the window of a GROUP BY. */
export interface GroupWindow {
  readonly input: Relation;
  readonly timeColumn: TimeRef;
  readonly window: WindowSpec;
  /** Filters between the window and the GROUP BY, over `input` and the window columns. */
  readonly predicates: readonly Expression[];
  /** Rewrites an expression over the select's input to one over `input` plus window columns. */
  readonly over: (expression: Expression) => Expression;
  /** The window columns: of `input`, where its rows carry their windows, else the three behind those of `input`. */
  readonly columns: WindowColumns;
  /** The rows of `input` carry their windows. */
  readonly isAttached: boolean;
  /** window_start is not told by the end of the step that groups: it is a key. */
  readonly startIsKey: boolean;
}

/** A window table function that the rows of a GROUP BY come from. */
export interface WindowBelow extends GroupWindow {
  /** The columns of `input` a session is made by. */
  readonly partition: readonly number[];
}

/** The window of a table function in FROM, seen through projections and filters. */
export function windowBelow(relation: Relation): WindowBelow | undefined {
  const peeled = peelWindow(relation);
  if (peeled === undefined) return undefined;
  const over = (expression: Expression) =>
    substitute(expression, (index) => peeled.expressions[index] ?? columnOf(relation, index));
  return { ...peeled, over, columns: columnsBehind(peeled.input), isAttached: false, startIsKey: false };
}

function columnsBehind({ fields }: Relation): WindowColumns {
  const first = fields.length;
  return new Map([
    [first, 'start'],
    [first + 1, 'end'],
    [first + 2, 'time'],
  ]);
}

/** TUMBLE(...), HOP(...), SESSION(...) among the keys: the older form. */
export function isGroupWindow(expr: Expr): expr is FunctionCall {
  return expr.kind === 'call' && windowFunctionOf(expr.name.text) !== undefined;
}

/** GROUP BY TUMBLE(time, size). */
export function bindOldWindow(
  call: FunctionCall,
  relation: Relation,
  scope: Scope,
  report: Report,
): GroupWindow | undefined {
  const name = windowFunctionOf(call.name.text);
  if (name === undefined) return undefined;
  const spec = bindOldSpec(name, call, { ...scope, relation }, report);
  if (spec === undefined) return undefined;
  const columns = columnsBehind(relation);
  const rest = { predicates: [], over: (expression: Expression) => expression, isAttached: false, startIsKey: false };
  return { input: relation, ...spec, columns, ...rest };
}

export function bindOldSpec(name: WindowFunction, call: FunctionCall, scope: FilledScope, report: Report) {
  const [time, ...intervals] = call.args;
  const column = time?.kind === 'column' ? time.path.at(-1) : undefined;
  if (column === undefined) {
    const message = `${name} in GROUP BY takes the event-time column first: ${name}(time, INTERVAL '1' MINUTE).`;
    return report.error('sql.wrong-arguments', call, message);
  }
  const found = time?.kind === 'column' ? resolveColumn(time, scope, report) : undefined;
  const timeColumn =
    found?.kind === 'column'
      ? timeOfColumn(found.index, column, scope.relation, report, eventTimeName(scope))
      : undefined;
  const window = bindWindowSpec(name, intervals, call, report);
  return timeColumn === undefined || window === undefined ? undefined : { timeColumn, window };
}

/** The event time as it can be written: with its table where a join has several columns of the name. */
function eventTimeName(scope: FilledScope): string | undefined {
  const { eventTime, fields } = scope.relation;
  const name = eventTime === undefined ? undefined : fields[eventTime]?.name;
  if (name === undefined || eventTime === undefined || fields.filter((field) => field.name === name).length === 1)
    return name;
  const table = partsOf(scope).find(({ columns }) => columns.includes(eventTime))?.qualifier;
  return table === undefined ? name : `${table}.${name}`;
}
