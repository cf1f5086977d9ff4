import type { DataType } from '@millrace/model';
import { type AggregateCall, conjunction, type Expression, substitute, withParts } from '@millrace/plan';
import type { Expr, FunctionCall, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { columnOf, filter, project, type Relation, type WindowAggregate } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { WindowPart } from '../relation/window-columns.ts';
import type { Span } from '../source-text.ts';
import { aggregateOf, bindAggregate } from './aggregate-call.ts';
import { comparable, decoded } from './comparable.ts';
import { userFunctionOf } from './create-function.ts';
import { declaredOf } from './declared-call.ts';
import type { ExpressionContext } from './expression-context.ts';
import { bindOldSpec, type GroupWindow } from './group-window.ts';
import type { Grouping } from './grouping.ts';
import { bindGroupingId, groupingOver } from './grouping-id.ts';
import { expandSets } from './grouping-sets.ts';
import type { Scope } from './scope.ts';
import { isConstructed, withNullable } from './type-rule.ts';
import { PROCESSING_TIME_TYPE, windowFields, windowFunctionOf } from './window.ts';
import { WindowKeys } from './window-keys.ts';

/** Columns at and above this index stand for the window bounds, the grouping id and the aggregates until the output is known. */
const PLACEHOLDERS = 1_000_000;
const GROUPING_ID = PLACEHOLDERS + 3;
const CALLS = PLACEHOLDERS + 4;
const WINDOW_PARTS = ['START', 'END', 'ROWTIME'] as const;
const PARTS: readonly WindowPart[] = ['start', 'end', 'time'];

/** A key over the window's input (or the select's). */
interface Key {
  /** The expression over the select's input, as text: how SELECT items are recognised. */
  readonly text: string;
  readonly expression: Expression;
  readonly name: string | undefined;
  /** Of an ARRAY, MAP or ROW, whose key is its text. */
  readonly decoded: DataType | undefined;
}

export class GroupBuilder implements Grouping {
  readonly context: ExpressionContext;
  readonly #select: Select;
  readonly #relation: Relation;
  readonly #scope: Scope;
  readonly #report: Report;
  readonly #window: GroupWindow | undefined;
  readonly #old: FunctionCall | undefined;
  readonly #spans = new WeakMap<Expression, Span>();
  readonly #calls: AggregateCall[] = [];
  readonly #callKeys: string[] = [];
  readonly #keys: Key[] = [];
  readonly #windowKeys: WindowKeys;
  /** Positions in `#keys`, per grouping set; undefined for a plain GROUP BY. */
  #sets: readonly (readonly number[])[] | undefined;

  constructor(
    select: Select,
    relation: Relation,
    scope: Scope,
    report: Report,
    window: GroupWindow | undefined,
    old: FunctionCall | undefined,
  ) {
    this.#select = select;
    this.#relation = relation;
    this.#scope = scope;
    this.#report = report;
    this.#window = window;
    this.#old = old;
    this.#windowKeys = new WindowKeys(window);
    this.context = { scope, report, spans: this.#spans, aggregates: { bind: (call) => this.#bindCall(call) } };
  }

  get #input(): Relation {
    return this.#window?.input ?? this.#relation;
  }

  /** Its position among the keys; undefined for a window column and after a report. */
  addKey(bound: Expression, expr: Expr): number | undefined {
    const text = JSON.stringify(bound);
    const over = this.#over(bound);
    if (this.#windowKeys.take(text, over)) return undefined;
    if (bound.kind === 'literal') {
      const message = 'GROUP BY a constant groups nothing: name a column or write the expression.';
      return this.#report.error('sql.invalid-aggregate', expr, message);
    }
    const known = this.#keys.findIndex((key) => key.text === text);
    if (known >= 0) return known;
    const name = expr.kind === 'column' ? expr.path.at(-1)?.text : undefined;
    const decoded = isConstructed(over.type) ? over.type : undefined;
    return this.#keys.push({ text, expression: comparable(over), name, decoded }) - 1;
  }

  useSets(sets: readonly (readonly number[])[]): void {
    this.#sets = sets;
  }

  #over(expression: Expression): Expression {
    return this.#window === undefined ? expression : this.#window.over(expression);
  }

  #bindCall(call: FunctionCall): Expression | undefined {
    const name = aggregateOf(call);
    if (name === undefined) {
      return groupingOver(call) ? this.#bindGroupingId(call) : this.#bindWindowPart(call);
    }
    const aggregate = bindAggregate(call, name, { scope: this.#scope, report: this.#report });
    if (aggregate === undefined || !this.#isAble(call)) return undefined;
    const { call: bound, finish } = aggregate;
    const over = {
      ...bound,
      arg: bound.arg && this.#over(bound.arg),
      filter: bound.filter && this.#over(bound.filter),
    };
    // Without GROUP BY the only group may be empty, so that nothing but a count is sure to be there.
    const mayBeEmpty = this.#select.groupBySpan === undefined && this.#window === undefined && name !== 'count';
    return finish(this.#addCall(mayBeEmpty ? { ...over, type: withNullable(over.type, true) } : over));
  }

  /** An aggregate somebody wrote may lack what this query asks of it. */
  #isAble(call: FunctionCall): boolean {
    const declared = declaredOf(call);
    const of = declared === undefined || declared === 'broken' ? undefined : userFunctionOf(declared);
    if (of === undefined) return true;
    const { kind = 'tumble' } = this.#window?.window ?? {};
    const lacks =
      !isAppendOnly(this.#relation) && !of.abilities.includes('retract')
        ? 'The query takes rows back, and its body has no export function retract(accumulator, ...): add it'
        : kind !== 'tumble' && kind !== 'attached' && !of.abilities.includes('merge')
          ? `A ${kind.toUpperCase()} window puts partial results together, and its body has no export function merge(accumulator, other): add it`
          : undefined;
    if (lacks === undefined) return true;
    this.#report.error('sql.invalid-function', call, `${of.name} cannot stand here. ${lacks}.`);
    return false;
  }

  #addCall(call: AggregateCall): Expression {
    const key = JSON.stringify(call);
    let index = this.#callKeys.indexOf(key);
    if (index < 0) {
      index = this.#calls.push(call) - 1;
      this.#callKeys.push(key);
    }
    return { kind: 'column', index: CALLS + index, type: call.type };
  }

  /** GROUPING(key), GROUPING_ID(key, ...). */
  #bindGroupingId(call: FunctionCall): Expression | undefined {
    const context = { scope: this.#scope, report: this.#report };
    const keyOf = (bound: Expression) => this.#keys.findIndex((key) => key.text === JSON.stringify(bound));
    const id: Expression = { kind: 'column', index: GROUPING_ID, type: { kind: 'bigint', nullable: false } };
    return bindGroupingId(call, context, keyOf, this.#sets ?? [[...this.#keys.keys()]], this.#keys.length, id);
  }

  /** TUMBLE_START(time, size) and its like: only for the window in GROUP BY. */
  #bindWindowPart(call: FunctionCall): Expression | undefined {
    const [name = '', part = ''] = call.name.text.toUpperCase().split('_');
    const index = WINDOW_PARTS.findIndex(
      (candidate) => candidate === part || (candidate === 'ROWTIME' && part === 'PROCTIME'),
    );
    const windowName = windowFunctionOf(name);
    if (this.#old === undefined || windowName === undefined || this.#window === undefined) {
      const message = `${call.name.text.toUpperCase()} belongs to GROUP BY ${name}(...): with a window table function use window_start and window_end.`;
      return this.#report.error('sql.invalid-window', call, message);
    }
    const spec = bindOldSpec(windowName, call, { ...this.#scope, relation: this.#relation }, this.#report);
    if (spec === undefined) return undefined;
    const { timeColumn, window } = this.#window;
    if (JSON.stringify(spec) !== JSON.stringify({ timeColumn, window })) {
      const message = `${call.name.text.toUpperCase()} names another window than GROUP BY: give it the same arguments.`;
      return this.#report.error('sql.invalid-window', call, message);
    }
    const type = windowFields(timeTypeOf(this.#window))[index]?.type;
    return type && { kind: 'column', index: PLACEHOLDERS + index, type };
  }

  finish(
    items: readonly Expression[],
  ): { readonly relation: Relation; readonly items: readonly Expression[] } | undefined {
    const split = this.#splitPredicates();
    const below = split.below === undefined ? this.#input : filter(this.#input, split.below);
    const projected = this.#projectKeys(below);
    const sets = this.#sets;
    const input = sets === undefined ? projected.input : expandSets(projected.input, projected.keys, sets);
    const first = projected.input.fields.length;
    const keys =
      sets === undefined ? projected.keys : this.#keys.map((_, at) => first + at).concat(first + this.#keys.length);
    const aggregate = this.#build(input, keys);
    const rewritten = items.map((item) => this.#rewrite(item, aggregate));
    const known = rewritten.filter((item) => item !== undefined);
    if (known.length < rewritten.length) return undefined;
    const above = split.above && this.#overOutput(split.above, aggregate);
    return { relation: above === undefined ? aggregate : filter(aggregate, above), items: known };
  }

  /** Filters below the window stay below; those on window columns alone hold for whole groups and go above. */
  #splitPredicates(): { readonly below: Expression | undefined; readonly above: Expression | undefined } {
    const predicates = this.#window?.predicates ?? [];
    const above = predicates.filter((predicate) => this.#windowKeys.reads(predicate));
    const below = predicates.filter((predicate) => !this.#windowKeys.reads(predicate));
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

  #build(input: Relation, keys: readonly number[]): Relation {
    const calls = this.#calls;
    const fields = [
      ...keys.map((key, at) => ({
        name: this.#keys[at]?.name ?? input.fields[key]?.name ?? '',
        type: columnOf(input, key).type,
      })),
      ...calls.map((call, at) => ({ name: `${call.name}${at}`, type: call.type })),
    ];
    if (this.#window === undefined) {
      return step({ kind: 'group-aggregate', keys, calls }, [input], undefined, { fields });
    }
    const { timeColumn, window } = this.#window;
    const bound = withNullable(timeTypeOf(this.#window), false);
    const bounds = ['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: bound }));
    const all = [...fields, ...bounds];
    const aggregate: WindowAggregate = {
      kind: 'window-aggregate',
      input,
      keys,
      timeColumn,
      window,
      calls,
      fields: all,
      eventTime: all.length - 1,
    };
    return aggregate;
  }

  get #keyCount(): number {
    return this.#keys.length + (this.#sets === undefined ? 0 : 1);
  }

  /** A window column of the output, start and end as the TIMESTAMP(3) Flink makes of them. */
  #windowColumn(part: number, aggregate: Relation): Expression {
    const column = columnOf(aggregate, this.#keyCount + this.#calls.length + part);
    const time = this.#window === undefined ? column.type : timeTypeOf(this.#window);
    const type = windowFields(time)[part]?.type;
    if (type === undefined || type.kind === column.type.kind) return column;
    return { kind: 'cast', arg: column, safe: false, type };
  }

  /** From expressions over the window's columns alone. */
  #overOutput(expression: Expression, aggregate: Relation): Expression {
    const columnFor = (index: number) => {
      const part = this.#windowKeys.partOf(index);
      return this.#windowColumn(part === undefined ? 0 : PARTS.indexOf(part), aggregate);
    };
    const over = substitute(expression, columnFor);
    // A query in between may have cast the column.
    return over.type.kind === expression.type.kind
      ? over
      : { kind: 'cast', arg: over, safe: false, type: expression.type };
  }

  /** From an expression over the select's input (and placeholders) to one over the aggregate's output. */
  #rewrite(expression: Expression, aggregate: Relation): Expression | undefined {
    let failed = false;
    const visit = (part: Expression): Expression => {
      const text = JSON.stringify(part);
      const given = this.#windowKeys.overOf(text);
      if (given !== undefined) return this.#overOutput(given, aggregate);
      const key = this.#keys.findIndex((candidate) => candidate.text === text);
      if (key >= 0) return decoded(columnOf(aggregate, key), this.#keys[key]?.decoded);
      if (part.kind === 'column') {
        if (part.index >= CALLS) return columnOf(aggregate, this.#keyCount + part.index - CALLS);
        if (part.index === GROUPING_ID) return columnOf(aggregate, this.#keys.length);
        if (part.index >= PLACEHOLDERS) return this.#windowColumn(part.index - PLACEHOLDERS, aggregate);
        failed = true;
        this.#refuseUngrouped(part);
      }
      const changed = withParts(part, visit);
      // A key may be NULL where its set does not have it, whatever its own type says.
      return this.#sets === undefined || changed.kind === 'literal'
        ? changed
        : { ...changed, type: withNullable(changed.type, true) };
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

function timeTypeOf({ input, timeColumn }: GroupWindow): DataType {
  return timeColumn === 'processing' ? PROCESSING_TIME_TYPE : columnOf(input, timeColumn).type;
}
