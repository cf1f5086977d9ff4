import {
  type AggregateCall,
  type Expression,
  type OverFrame,
  type SortColumn,
  type TimeRef,
  withParts,
} from '@millrace/plan';
import type { Expr, FunctionCall, OrderItem, OverClause, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { findFunction } from '../functions/catalog.ts';
import { unknownFunction } from '../functions/unknown-function.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { timeAt } from '../relation/time.ts';
import { aggregateOf, type BoundAggregate, bindAggregate } from './aggregate-call.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { comparable } from './comparable.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { integerLiteral } from './literal.ts';
import { bindOrderItem } from './order-item.ts';
import { bindFrame, resolveWindow } from './over-clause.ts';
import { type OverWindow, overStep, rankStep } from './over-step.ts';
import type { Scope } from './scope.ts';
import { castsImplicitly, sameType, withNullable } from './type-rule.ts';

/** How many rows of a partition a frame holds. */
const ROWS: AggregateCall = {
  name: 'count',
  arg: undefined,
  filter: undefined,
  type: { kind: 'bigint', nullable: false },
};

/** Columns at and above this index stand for the results of OVER until the steps are built. */
const PLACEHOLDERS = 2_000_000;

interface Result {
  readonly window: OverWindow;
  /** Undefined: ROW_NUMBER(). */
  readonly call: AggregateCall | undefined;
}

/** Functions that look at the rows behind the current one, and what to write instead. */
const FORWARD: Readonly<Record<string, string | undefined>> = {
  LEAD: 'use LAG',
  NTILE: 'rank the rows so far with RANK() OVER (...)',
  PERCENT_RANK: 'count the rows so far with COUNT(*) OVER (...)',
  CUME_DIST: 'count the rows so far with COUNT(*) OVER (...)',
};

/** The OVER calls of one SELECT: each becomes a column of a step above the rows of FROM. */
export class OverBuilder {
  readonly #select: Select;
  readonly #scope: Scope;
  readonly #report: Report;
  readonly #input: Relation;
  /** Columns of the input, then expressions that windows partition or order by. */
  readonly #columns: Expression[];
  readonly #results: Result[] = [];
  readonly #keys: string[] = [];

  constructor(select: Select, input: Relation, scope: Scope, report: Report) {
    this.#select = select;
    this.#input = input;
    this.#scope = scope;
    this.#report = report;
    this.#columns = input.fields.map((_, index) => columnOf(input, index));
  }

  get isUsed(): boolean {
    return this.#results.length > 0;
  }

  bind(call: FunctionCall, over: OverClause): Expression | undefined {
    const clause = resolveWindow(over, this.#select.windows, this.#report);
    if (clause === undefined) return undefined;
    const name = call.name.text.toUpperCase();
    const remedy = FORWARD[name];
    if (remedy !== undefined) {
      const message = `${name}() is not supported, in streams of Flink neither: a stream does not know the rows that follow; ${remedy}.`;
      return this.#report.error('sql.unsupported', call.name, message);
    }
    if (name === 'RANK' || name === 'DENSE_RANK') return this.#bindRank(name, call, clause);
    if (name === 'ROW_NUMBER') return this.#bindRowNumber(call, clause);
    const bound = name === 'LAG' ? this.#bindLag(call) : this.#bindAggregate(call);
    const window = bound && this.#windowOf(clause, call);
    if (bound === undefined || window === undefined) return undefined;
    if (bound.call.name !== 'lag') return bound.finish(this.#addFramed(window, window.frame, bound.call));
    const back = Number(bound.call.parameter ?? 1);
    const frame: OverFrame = { kind: 'rows', preceding: back };
    const lagged = this.#addFramed(window, frame, bound.call);
    const given = call.args[2];
    return given === undefined ? lagged : this.#lagOr(lagged, given, this.#addFramed(window, frame, ROWS), back);
  }

  /** In order of event time, rows of one moment are known together: the rank is how many, or how many moments, came before. */
  #bindRank(name: 'RANK' | 'DENSE_RANK', call: FunctionCall, clause: OverClause): Expression | undefined {
    if (call.args.length > 0 || call.star)
      return this.#report.error('sql.wrong-arguments', call, `${name}() takes no arguments.`);
    const order = this.#orderOf(clause.orderBy);
    const [first, ...more] = order ?? [];
    if (order === undefined) return undefined;
    const time = first === undefined || more.length > 0 || first.descending ? undefined : this.#timeOf(first.column);
    if (time === undefined || time === 'processing' || first === undefined) {
      const message = `${name}() is ordered by the event time, in streams of Flink too: for places in another order use ROW_NUMBER().`;
      return this.#report.error('sql.unsupported', call.name, message);
    }
    const window = this.#windowOf({ ...clause, frame: undefined }, call);
    if (window === undefined) return undefined;
    const before: OverFrame = { kind: 'range', precedingMs: 'unbounded' };
    if (name === 'DENSE_RANK') {
      const arg = columnOf(this.#input, first.column);
      return this.#addFramed(window, before, { ...ROWS, arg, distinct: true });
    }
    const type = ROWS.type;
    const rows = this.#addFramed(window, before, ROWS);
    const peers = this.#addFramed(window, { kind: 'range', precedingMs: 0 }, ROWS);
    const others: Expression = { kind: 'call', name: '-', args: [rows, peers], type };
    return { kind: 'call', name: '+', args: [others, integerLiteral(1n, 'bigint')], type };
  }

  #addFramed(window: OverWindow, frame: OverFrame, call: AggregateCall): Expression {
    return this.#add({ window: { ...window, frame, key: JSON.stringify([window.key, frame]) }, call });
  }

  /** LAG(value, rows, default): the default where the partition does not reach so far back. A NULL that stands there stays NULL. */
  #lagOr(lagged: Expression, given: Expr, rows: Expression, back: number): Expression | undefined {
    const bound = bindExpression(given, this.#inner);
    if (bound === undefined) return undefined;
    if (!isUntypedNull(bound) && !sameType(bound.type, lagged.type) && !castsImplicitly(bound.type, lagged.type)) {
      const message = `The default of LAG is ${typeName(lagged)}, as its value, not ${typeName(bound)}.`;
      return this.#report.error('sql.type-mismatch', given, message);
    }
    const args = [rows, integerLiteral(BigInt(back), 'bigint')];
    const when: Expression = { kind: 'call', name: '>', args, type: { kind: 'boolean', nullable: false } };
    const otherwise = coerce(bound, lagged.type);
    return { kind: 'case', branches: [{ when, value: lagged }], otherwise, type: lagged.type };
  }

  #bindAggregate(call: FunctionCall): BoundAggregate | undefined {
    const name = aggregateOf(call);
    if (name === undefined && findFunction(call.name.text) === undefined) return unknownFunction(call, this.#report);
    if (name === undefined) {
      const message = `${call.name.text.toUpperCase()} cannot stand before OVER: use an aggregate, ROW_NUMBER or LAG.`;
      return this.#report.error('sql.invalid-aggregate', call.name, message);
    }
    return bindAggregate(call, name, this.#inner);
  }

  /** LAG(value [, rows [, default]]) */
  #bindLag(call: FunctionCall): BoundAggregate | undefined {
    const [value, rows, _, ...more] = call.args;
    if (value === undefined || more.length > 0 || call.star) {
      const message = `LAG takes a value, how many rows back, and a default: LAG(price, 1, 0), not ${call.args.length} arguments.`;
      return this.#report.error('sql.wrong-arguments', call, message);
    }
    const parameter =
      rows === undefined ? 1 : rows.kind === 'number' && /^\d{1,6}$/.test(rows.text) ? Number(rows.text) : undefined;
    if (parameter === undefined) {
      return this.#report.error(
        'sql.type-mismatch',
        rows ?? call,
        'How many rows back is a whole number: LAG(price, 1).',
      );
    }
    const arg = bindExpression(value, this.#inner);
    const type = arg && withNullable(arg.type, true);
    return type && { call: { name: 'lag', arg, filter: undefined, parameter, type }, finish: (result) => result };
  }

  get #inner(): ExpressionContext {
    return { scope: this.#scope, report: this.#report };
  }

  #bindRowNumber(call: FunctionCall, clause: OverClause): Expression | undefined {
    const partition = this.#partitionOf(clause);
    const order = this.#orderOf(clause.orderBy);
    if (partition === undefined || order === undefined) return undefined;
    if (call.args.length > 0 || call.star) {
      return this.#report.error('sql.wrong-arguments', call, 'ROW_NUMBER() takes no arguments.');
    }
    if (order.length === 0) {
      return this.#report.error('sql.invalid-window', clause, 'ROW_NUMBER() needs an order: OVER (ORDER BY ...).');
    }
    const frame = { kind: 'rows', preceding: 'unbounded' } as const;
    const key = JSON.stringify(['row-number', partition, order]);
    return this.#add({ window: { key, partition, order, frame, time: undefined }, call: undefined });
  }

  #windowOf(clause: OverClause, call: FunctionCall): OverWindow | undefined {
    const partition = this.#partitionOf(clause);
    const order = this.#orderOf(clause.orderBy);
    if (partition === undefined || order === undefined) return undefined;
    const [first] = order;
    const time = first === undefined ? undefined : this.#timeOf(first.column);
    if (first === undefined || time === undefined || order.length > 1) {
      const message = `${call.name.text.toUpperCase()} OVER is ordered by the event-time column (or PROCTIME()): OVER (PARTITION BY ... ORDER BY time).`;
      return this.#report.error('sql.invalid-window', clause.orderBy[0] ?? clause, message);
    }
    if (first.descending) {
      const message = 'OVER goes forward in time: ORDER BY the time ascending.';
      return this.#report.error('sql.invalid-window', clause.orderBy[0] ?? clause, message);
    }
    const frame = bindFrame(clause.frame, this.#inner);
    if (frame === undefined) return undefined;
    return { key: JSON.stringify([partition, time, frame]), partition, order, frame, time };
  }

  #timeOf(column: number): TimeRef | undefined {
    return column < this.#input.fields.length ? timeAt(this.#input, column) : undefined;
  }

  #partitionOf(clause: OverClause): readonly number[] | undefined {
    const columns = clause.partitionBy.map((expr) => {
      const bound = bindExpression(expr, this.#inner);
      if (bound === undefined) return undefined;
      return this.#columnFor(comparable(bound));
    });
    const known = columns.filter((column) => column !== undefined);
    return known.length === columns.length ? known : undefined;
  }

  #orderOf(items: readonly OrderItem[]): readonly SortColumn[] | undefined {
    const columns = items.map((item) => bindOrderItem(item, this.#inner, (bound) => this.#columnFor(bound)));
    const known = columns.filter((column) => column !== undefined);
    return known.length === columns.length ? known : undefined;
  }

  #columnFor(bound: Expression): number {
    if (bound.kind === 'column') return bound.index;
    const text = JSON.stringify(bound);
    const known = this.#columns.findIndex((column) => JSON.stringify(column) === text);
    return known >= 0 ? known : this.#columns.push(bound) - 1;
  }

  #add(result: Result): Expression {
    const key = JSON.stringify([result.window.key, result.call]);
    let index = this.#keys.indexOf(key);
    if (index < 0) {
      index = this.#results.push(result) - 1;
      this.#keys.push(key);
    }
    const type = result.call?.type ?? { kind: 'bigint', nullable: false };
    return { kind: 'column', index: PLACEHOLDERS + index, type };
  }

  /** The rows of FROM with the results behind them, and the items over that. */
  finish(items: readonly Expression[]): { readonly relation: Relation; readonly items: readonly Expression[] } {
    const { fields } = this.#input;
    const names = this.#columns.map((_, at) => fields[at]?.name ?? `over${at}`);
    let relation = this.#columns.length === fields.length ? this.#input : project(this.#input, this.#columns, names);
    const placeOf = new Map<number, number>();
    for (const window of new Map(this.#results.map((result) => [result.window.key, result.window])).values()) {
      const members = [...this.#results.keys()].filter((at) => this.#results[at]?.window.key === window.key);
      const calls = members.flatMap((at) => this.#results[at]?.call ?? []);
      const first = relation.fields.length;
      for (const [at, member] of members.entries()) placeOf.set(member, first + at);
      relation =
        window.time === undefined ? rankStep(relation, window) : overStep(relation, window, window.time, calls);
    }
    const rewrite = (part: Expression): Expression => {
      if (part.kind !== 'column' || part.index < PLACEHOLDERS) return withParts(part, rewrite);
      return columnOf(relation, placeOf.get(part.index - PLACEHOLDERS) ?? 0);
    };
    return { relation, items: items.map(rewrite) };
  }
}
