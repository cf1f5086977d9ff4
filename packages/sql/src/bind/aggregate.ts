import type { DataType } from '@millrace/model';
import {
  AGGREGATE_FUNCTIONS,
  type AggregateCall,
  type AggregateFunction,
  type Expression,
  type WindowSpec,
} from '@millrace/plan';
import type { Expr, FunctionCall, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { columnsOf, conjunction, substitute, withParts } from '../relation/expression-walk.ts';
import { peelWindow } from '../relation/peel-window.ts';
import { columnOf, filter, project, type Relation, type WindowAggregate } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { isUntypedNull, typeName } from './coerce.ts';
import { bindCondition, bindExpression, type ExpressionContext } from './expression.ts';
import type { Scope } from './scope.ts';
import { averageType, isConstructed, isNumeric, sumType, withNullable } from './type-rule.ts';
import { bindWindowSpec, eventTimeColumn, type WindowFunction, windowFields, windowFunctionOf } from './window.ts';

/** Columns at and above this index stand for aggregates and window bounds until the output is known. */
const PLACEHOLDERS = 1_000_000;
const WINDOW_PARTS = ['START', 'END', 'ROWTIME'] as const;

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

function containsAggregate(expr: Expr): boolean {
  if (expr.kind === 'call') return aggregateOf(expr) !== undefined || expr.args.some(containsAggregate);
  return childrenOf(expr).some(containsAggregate);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'binary':
    case 'distinct-from':
      return [expr.left, expr.right];
    case 'unary':
    case 'is':
    case 'cast':
      return [expr.arg];
    case 'between':
      return [expr.arg, expr.low, expr.high];
    case 'in':
      return [expr.arg, ...expr.list];
    case 'like':
      return [expr.arg, expr.pattern];
    case 'case': {
      const parts = expr.branches.flatMap(({ when, value }) => [when, value]);
      return [expr.operand, expr.otherwise, ...parts].filter((part) => part !== undefined);
    }
    default:
      return [];
  }
}

function aggregateOf(call: FunctionCall): AggregateFunction | undefined {
  const name = call.name.text.toLowerCase();
  return AGGREGATE_FUNCTIONS.find((candidate) => candidate === name);
}

/** Everything known about the window of a GROUP BY. `bounds` gives the grouped expression of each window column. */
interface GroupWindow {
  readonly input: Relation;
  readonly timeColumn: number;
  readonly window: WindowSpec;
  readonly predicates: readonly Expression[];
  /** Rewrites an expression over the select's input to one over `input` plus window columns. */
  readonly over: (expression: Expression) => Expression;
}

/** Binds GROUP BY over `relation`. The window comes from a table function below, or from TUMBLE(...) or HOP(...) among the keys. */
export function bindGrouping(select: Select, relation: Relation, scope: Scope, report: Report): Grouping | undefined {
  const errorsBefore = report.errorCount;
  const old = select.groupBy.flatMap((expr) => (isGroupWindow(expr) ? [expr] : []));
  const keyExprs = select.groupBy.filter((expr) => !isGroupWindow(expr));
  const window = old[0] === undefined ? windowBelow(relation) : bindOldWindow(old[0], relation, report);
  const keys = keyExprs.map((expr) => ({ expr, bound: bindExpression(expr, { scope, report }) }));
  if (window === undefined) {
    return report.errorCount > errorsBefore ? undefined : refuseWithoutWindow(select, report);
  }
  if (keys.some(({ bound }) => bound === undefined)) return undefined;
  const builder = new AggregateBuilder(select, relation, scope, report, window, old[0]);
  for (const { expr, bound } of keys) if (bound !== undefined) builder.addKey(bound, expr);
  return report.errorCount > errorsBefore || !builder.checkWindowKeys() ? undefined : builder;
}

function refuseWithoutWindow(select: Select, report: Report): undefined {
  const aggregate = select.items.find((item) => item.kind === 'expression' && containsAggregate(item.expr));
  const at = select.groupBySpan ?? aggregate ?? select.having ?? select;
  const what = select.groupBySpan === undefined ? 'An aggregate without GROUP BY' : 'GROUP BY without a window';
  const remedy =
    "read FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE)) and add GROUP BY window_start, window_end";
  return report.error('sql.unsupported', at, `${what} is not supported yet; ${remedy}.`);
}

function windowBelow(relation: Relation): GroupWindow | undefined {
  const peeled = peelWindow(relation);
  if (peeled === undefined) return undefined;
  const over = (expression: Expression) =>
    substitute(expression, (index) => peeled.expressions[index] ?? columnOf(relation, index));
  return { ...peeled, over };
}

type GroupWindowCall = FunctionCall;

function isGroupWindow(expr: Expr): expr is GroupWindowCall {
  return expr.kind === 'call' && windowFunctionOf(expr.name.text) !== undefined;
}

/** GROUP BY TUMBLE(time, size): the older form. */
function bindOldWindow(call: GroupWindowCall, relation: Relation, report: Report): GroupWindow | undefined {
  const name = windowFunctionOf(call.name.text);
  if (name === undefined) return undefined;
  const spec = bindOldSpec(name, call, relation, report);
  return spec && { input: relation, ...spec, predicates: [], over: (expression) => expression };
}

function bindOldSpec(name: WindowFunction, call: FunctionCall, relation: Relation, report: Report) {
  const [time, ...intervals] = call.args;
  const column = time?.kind === 'column' ? time.path.at(-1) : undefined;
  if (column === undefined) {
    const message = `${name} in GROUP BY takes the event-time column first: ${name}(time, INTERVAL '1' MINUTE).`;
    return report.error('sql.wrong-arguments', call, message);
  }
  const timeColumn = eventTimeColumn(column, relation, report);
  const window = bindWindowSpec(name, intervals, call, report);
  return timeColumn === undefined || window === undefined ? undefined : { timeColumn, window };
}

class AggregateBuilder implements Grouping {
  readonly context: ExpressionContext;
  readonly #select: Select;
  readonly #relation: Relation;
  readonly #scope: Scope;
  readonly #report: Report;
  readonly #window: GroupWindow;
  readonly #old: GroupWindowCall | undefined;
  readonly #spans = new WeakMap<Expression, Span>();
  readonly #calls: AggregateCall[] = [];
  readonly #callKeys: string[] = [];
  /** Grouping keys over the window's input, without the window columns. */
  readonly #keys: { readonly text: string; readonly expression: Expression; readonly name: string | undefined }[] = [];
  /** Keys that are window columns: text over the select's input, and which column (0 start, 1 end, 2 time). */
  readonly #windowKeys: { readonly text: string; readonly part: number }[] = [];

  constructor(
    select: Select,
    relation: Relation,
    scope: Scope,
    report: Report,
    window: GroupWindow,
    old: GroupWindowCall | undefined,
  ) {
    this.#select = select;
    this.#relation = relation;
    this.#scope = scope;
    this.#report = report;
    this.#window = window;
    this.#old = old;
    this.context = { scope, report, spans: this.#spans, aggregates: { bind: (call) => this.#bindCall(call) } };
  }

  get #firstWindowColumn(): number {
    return this.#window.input.fields.length;
  }

  addKey(bound: Expression, expr: Expr): void {
    const text = JSON.stringify(bound);
    const over = this.#window.over(bound);
    if (over.kind === 'column' && over.index >= this.#firstWindowColumn) {
      this.#windowKeys.push({ text, part: over.index - this.#firstWindowColumn });
      return;
    }
    if (this.#readsWindow(over)) {
      const message =
        'GROUP BY an expression over window_start or window_end is not supported yet; compute it in SELECT.';
      this.#report.error('sql.unsupported', expr, message);
      return;
    }
    if (isConstructed(bound.type)) {
      const message = `GROUP BY ${typeName(bound)} is not supported yet; group by its parts.`;
      this.#report.error('sql.unsupported', expr, message);
      return;
    }
    if (bound.kind === 'literal') {
      const message = 'GROUP BY a constant groups nothing: name a column or write the expression.';
      this.#report.error('sql.invalid-aggregate', expr, message);
      return;
    }
    const name = expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
    if (!this.#keys.some((key) => key.text === text)) this.#keys.push({ text, expression: over, name });
  }

  /** With a window table function, GROUP BY names window_start and window_end. */
  checkWindowKeys(): boolean {
    if (this.#old !== undefined) return true;
    const missing = ['window_start', 'window_end'].filter(
      (_, part) => !this.#windowKeys.some((key) => key.part === part),
    );
    if (missing.length === 0) return true;
    const at = this.#select.groupBySpan ?? this.#select.items[0] ?? this.#select;
    const fix =
      this.#select.groupBySpan === undefined
        ? undefined
        : { title: `Add ${missing.join(', ')}`, insert: `, ${missing.join(', ')}`, from: at.to, to: at.to };
    this.#report.error('sql.invalid-window', at, `GROUP BY of a window names ${missing.join(' and ')} too.`, fix);
    return false;
  }

  #readsWindow(expression: Expression): boolean {
    return [...columnsOf(expression)].some((index) => index >= this.#firstWindowColumn);
  }

  #bindCall(call: FunctionCall): Expression | undefined {
    const name = aggregateOf(call);
    if (name === undefined) return this.#bindWindowPart(call);
    if (call.distinct !== undefined) {
      const message = `${call.name.text.toUpperCase()}(DISTINCT ...) is not supported yet; remove DISTINCT or group by the column first.`;
      return this.#report.error('sql.unsupported', call.distinct, message);
    }
    const inner: ExpressionContext = { scope: this.#scope, report: this.#report };
    const filterBound = call.filter && bindCondition(call.filter, 'FILTER', inner);
    if (call.filter !== undefined && filterBound === undefined) return undefined;
    const arg = call.star ? undefined : this.#bindArgument(call, name, inner);
    if (arg === undefined && !call.star) return undefined;
    if (call.star && name !== 'count') {
      return this.#report.error(
        'sql.wrong-arguments',
        call,
        `${call.name.text.toUpperCase()}(*) is not defined: name a column.`,
      );
    }
    const over = {
      arg: arg && this.#window.over(arg),
      filter: filterBound && this.#window.over(filterBound),
    };
    if ([over.arg, over.filter].some((part) => part !== undefined && this.#readsWindow(part))) {
      const message =
        'An aggregate over window_start or window_end is not supported yet; they are the same in the whole group.';
      return this.#report.error('sql.unsupported', call, message);
    }
    return this.#addCall({ name, ...over, type: resultType(name, arg, call.filter !== undefined) });
  }

  #bindArgument(call: FunctionCall, name: AggregateFunction, inner: ExpressionContext): Expression | undefined {
    const title = call.name.text.toUpperCase();
    const [expr, ...more] = call.args;
    if (expr === undefined || more.length > 0) {
      return this.#report.error('sql.wrong-arguments', call, `${title} takes 1 argument, not ${call.args.length}.`);
    }
    if (containsAggregate(expr)) {
      return this.#report.error(
        'sql.invalid-aggregate',
        expr,
        `An aggregate inside ${title}: aggregate in FROM (SELECT ...) first.`,
      );
    }
    const arg = bindExpression(expr, inner);
    if (arg === undefined) return undefined;
    const wrong = isUntypedNull(arg) || ((name === 'sum' || name === 'avg') && !isNumeric(arg.type));
    if (wrong || (name !== 'count' && isConstructed(arg.type))) {
      const takes = name === 'sum' || name === 'avg' ? 'a number' : 'a value that can be compared';
      return this.#report.error('sql.type-mismatch', expr, `${title} takes ${takes}, not ${typeName(arg)}: use CAST.`);
    }
    return arg;
  }

  #addCall(call: AggregateCall): Expression {
    const key = JSON.stringify(call);
    let index = this.#callKeys.indexOf(key);
    if (index < 0) {
      index = this.#calls.push(call) - 1;
      this.#callKeys.push(key);
    }
    return { kind: 'column', index: PLACEHOLDERS + 3 + index, type: call.type };
  }

  /** TUMBLE_START(time, size) and its like: only for the window in GROUP BY. */
  #bindWindowPart(call: FunctionCall): Expression | undefined {
    const [name = '', part = ''] = call.name.text.toUpperCase().split('_');
    const index = WINDOW_PARTS.findIndex((candidate) => candidate === part);
    const windowName = windowFunctionOf(name);
    if (this.#old === undefined || windowName === undefined) {
      const message = `${call.name.text.toUpperCase()} belongs to GROUP BY ${name}(...): with a window table function use window_start and window_end.`;
      return this.#report.error('sql.invalid-window', call, message);
    }
    const spec = bindOldSpec(windowName, call, this.#relation, this.#report);
    if (spec === undefined) return undefined;
    const { timeColumn, window } = this.#window;
    if (JSON.stringify(spec) !== JSON.stringify({ timeColumn, window })) {
      const message = `${call.name.text.toUpperCase()} names another window than GROUP BY: give it the same arguments.`;
      return this.#report.error('sql.invalid-window', call, message);
    }
    const type = windowFields(this.#timeType)[index]?.type;
    return type && { kind: 'column', index: PLACEHOLDERS + index, type };
  }

  get #timeType(): DataType {
    return columnOf(this.#window.input, this.#window.timeColumn).type;
  }

  finish(
    items: readonly Expression[],
  ): { readonly relation: Relation; readonly items: readonly Expression[] } | undefined {
    const split = this.#splitPredicates();
    if (split === undefined) return undefined;
    const below = split.below === undefined ? this.#window.input : filter(this.#window.input, split.below);
    const { input, keys } = this.#projectKeys(below);
    const aggregate = this.#build(input, keys);
    const rewritten = items.map((item) => this.#rewrite(item, aggregate));
    const known = rewritten.filter((item) => item !== undefined);
    if (known.length < rewritten.length) return undefined;
    const above = split.above && this.#overOutput(split.above, aggregate);
    return { relation: above === undefined ? aggregate : filter(aggregate, above), items: known };
  }

  /** Filters below the window stay below; those on window columns alone hold for whole groups and go above. */
  #splitPredicates(): { readonly below: Expression | undefined; readonly above: Expression | undefined } | undefined {
    const { predicates } = this.#window;
    const above = predicates.filter((predicate) => this.#readsWindow(predicate));
    const mixed = above.some((predicate) => [...columnsOf(predicate)].some((index) => index < this.#firstWindowColumn));
    if (mixed) {
      const message =
        'A condition over window columns and others together is not supported yet; write two conditions joined by AND.';
      return this.#report.error('sql.unsupported', this.#select.where ?? this.#select, message);
    }
    const below = predicates.filter((predicate) => !this.#readsWindow(predicate));
    return { below: conjunction(below), above: conjunction(above) };
  }

  /** Keys are columns of the aggregate's input: expressions are computed in a projection below it. */
  #projectKeys(input: Relation): { readonly input: Relation; readonly keys: readonly number[] } {
    const columns = input.fields.map((_, index) => columnOf(input, index));
    const names = input.fields.map((field) => field.name);
    const keys = this.#keys.map(({ expression, name }, at) => {
      if (expression.kind === 'column') return expression.index;
      columns.push(expression);
      names.push(name ?? `key${at}`);
      return columns.length - 1;
    });
    return { input: columns.length === input.fields.length ? input : project(input, columns, names), keys };
  }

  #build(input: Relation, keys: readonly number[]): WindowAggregate {
    const { timeColumn, window } = this.#window;
    const bound = withNullable(this.#timeType, false);
    const calls = this.#calls;
    const fields = [
      ...keys.map((key, at) => ({
        name: this.#keys[at]?.name ?? input.fields[key]?.name ?? '',
        type: columnOf(input, key).type,
      })),
      ...calls.map((call, at) => ({ name: `${call.name}${at}`, type: call.type })),
      ...['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: bound })),
    ];
    return { kind: 'window-aggregate', input, keys, timeColumn, window, calls, fields, eventTime: fields.length - 1 };
  }

  /** A window column of the output, start and end as the TIMESTAMP(3) Flink makes of them. */
  #windowColumn(part: number, aggregate: WindowAggregate): Expression {
    const column = columnOf(aggregate, this.#keys.length + this.#calls.length + part);
    const type = windowFields(this.#timeType)[part]?.type;
    if (type === undefined || type.kind === column.type.kind) return column;
    return { kind: 'cast', arg: column, safe: false, type };
  }

  /** From expressions over the window's columns alone. */
  #overOutput(expression: Expression, aggregate: WindowAggregate): Expression {
    return substitute(expression, (index) => this.#windowColumn(index - this.#firstWindowColumn, aggregate));
  }

  /** From an expression over the select's input (and placeholders) to one over the aggregate's output. */
  #rewrite(expression: Expression, aggregate: WindowAggregate): Expression | undefined {
    let failed = false;
    const visit = (part: Expression): Expression => {
      const text = JSON.stringify(part);
      const windowKey = this.#windowKeys.find((key) => key.text === text);
      if (windowKey !== undefined) return this.#windowColumn(windowKey.part, aggregate);
      const key = this.#keys.findIndex((candidate) => candidate.text === text);
      if (key >= 0) return columnOf(aggregate, key);
      if (part.kind === 'column') {
        if (part.index >= PLACEHOLDERS + 3)
          return columnOf(aggregate, this.#keys.length + part.index - PLACEHOLDERS - 3);
        if (part.index >= PLACEHOLDERS) return this.#windowColumn(part.index - PLACEHOLDERS, aggregate);
        failed = true;
        this.#refuseUngrouped(part);
      }
      return withParts(part, visit);
    };
    const rewritten = visit(expression);
    return failed ? undefined : rewritten;
  }

  #refuseUngrouped(column: Expression): void {
    const at = this.#spans.get(column) ?? this.#select;
    const name = column.kind === 'column' ? (this.#relation.fields[column.index]?.name ?? '') : '';
    const group = this.#select.groupBySpan;
    const fix = group && { title: `Add ${name} to GROUP BY`, insert: `, ${name}`, from: group.to, to: group.to };
    const message = `${name} is neither in GROUP BY nor inside an aggregate.`;
    this.#report.error('sql.invalid-aggregate', at, message, fix);
  }
}

/** As in Flink: every group has a row, so an aggregate of a NOT NULL argument is NOT NULL unless it is filtered. */
function resultType(name: AggregateFunction, arg: Expression | undefined, filtered: boolean): DataType {
  if (name === 'count' || arg === undefined) return { kind: 'bigint', nullable: false };
  const type = name === 'sum' ? sumType(arg.type) : name === 'avg' ? averageType(arg.type) : arg.type;
  return withNullable(type, arg.type.nullable || filtered);
}
