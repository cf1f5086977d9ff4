import type { Expression, MatchExpression, MatchTerm, TimeRef } from '@millrace/plan';
import type { ColumnRef, Expr, FunctionCall } from '../ast.ts';
import { columnRefs } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { PROCTIME } from '../functions/datetime-functions.ts';
import { aggregateOf, bindAggregate, containsAggregate } from './aggregate-call.ts';
import { bindCondition, bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import type { FilledScope } from './join.ts';
import { unknownVariable } from './match-variable.ts';
import { findColumn, resolveColumn } from './scope.ts';
import { withNullable } from './type-rule.ts';

/** Every row of the match. */
const ALL_ROWS = '*';
/** LAST(A.x, n) looks back at most this many rows: they must be kept. */
const OFFSET_MAX = 1_000;

/** What a condition or a measure stands in. */
interface Pattern {
  readonly scope: FilledScope;
  /** What the rows are in order of; undefined when that was told to be wrong. */
  readonly time: TimeRef | undefined;
  readonly variables: readonly string[];
  /** The variable a condition defines; undefined for a measure. */
  readonly defining: string | undefined;
  readonly report: Report;
}

/**
 * Binds one condition of DEFINE or one measure: each value it takes from the match (A.price, LAST(A.price, 1), SUM(A.price)) becomes a
 * term, and the expression is over the terms as its columns.
 */
export class MatchTerms {
  readonly #scope: FilledScope;
  readonly #time: TimeRef | undefined;
  readonly #variables: readonly string[];
  readonly #defining: string | undefined;
  readonly #report: Report;
  readonly #terms: MatchTerm[] = [];
  readonly #keys: string[] = [];

  constructor({ scope, time, variables, defining, report }: Pattern) {
    this.#scope = scope;
    this.#time = time;
    this.#variables = variables;
    this.#defining = defining;
    this.#report = report;
  }

  bindCondition(expr: Expr): MatchExpression | undefined {
    const bound = bindCondition(expr, 'DEFINE', this.#context);
    return bound && { terms: this.#terms, expression: bound };
  }

  bindMeasure(expr: Expr): MatchExpression | undefined {
    const bound = bindExpression(expr, this.#context);
    return bound && { terms: this.#terms, expression: bound };
  }

  get #context(): ExpressionContext {
    return {
      scope: this.#scope,
      report: this.#report,
      special: { column: (ref) => this.#bindColumn(ref), call: (call) => this.#bindCall(call) },
    };
  }

  /** A.price: of the last row bound to A so far; price alone: of the last row of the match. */
  #bindColumn(ref: ColumnRef): Expression | undefined {
    const value = this.#valueOf(ref);
    return value && this.#nth(value.variable, 'last', 0, value.expression);
  }

  /** A column of the input and the variable in front of it. */
  #valueOf(ref: ColumnRef): { readonly variable: string; readonly expression: Expression } | undefined {
    const [first, second] = ref.path;
    if (first === undefined) return undefined;
    if (!this.#isVariable(ref) || second === undefined) {
      if (second !== undefined && !this.#isColumn(ref)) return unknownVariable(first, this.#variables, this.#report);
      const expression = resolveColumn(ref, this.#scope, this.#report);
      return expression && { variable: ALL_ROWS, expression };
    }
    const path = ref.path.slice(1);
    const expression = resolveColumn({ ...ref, path, from: second.from }, this.#scope, this.#report);
    return expression && { variable: first.text, expression };
  }

  /** A.price, not price. */
  #isVariable({ path: [first, second] }: ColumnRef): boolean {
    return first !== undefined && second !== undefined && this.#variables.includes(first.text);
  }

  #isColumn({ path: [first] }: ColumnRef): boolean {
    return this.#scope.relation.fields.some((field) => field.name === first?.text);
  }

  #bindCall(call: FunctionCall): Expression | 'ordinary' | undefined {
    const name = call.name.text.toUpperCase();
    switch (name) {
      case 'FIRST':
      case 'LAST':
        return this.#bindLogicalOffset(call, name === 'FIRST' ? 'first' : 'last');
      case 'MATCH_ROWTIME':
        return this.#bindRowTime(call);
      case 'MATCH_PROCTIME':
        return this.#bindClock(call);
      case 'PREV':
      case 'NEXT':
        return this.#report.error(
          'sql.unsupported',
          call.name,
          `${name} is not supported, as in Flink: look back with LAST(variable.column, 1).`,
        );
      case 'CLASSIFIER':
      case 'MATCH_NUMBER':
        return this.#report.error('sql.unsupported', call.name, `${name}() is not supported yet; remove it.`);
      default: {
        const aggregate = aggregateOf(call);
        return aggregate === undefined ? 'ordinary' : this.#bindAggregate(call, aggregate);
      }
    }
  }

  /** LAST(A.price * A.amount, 1): the columns inside are of one variable. */
  #bindLogicalOffset(call: FunctionCall, kind: 'first' | 'last'): Expression | undefined {
    const [arg, offset, ...more] = call.args;
    const name = call.name.text.toUpperCase();
    if (arg === undefined || columnRefs(arg).length === 0 || more.length > 0) {
      const message = `${name} takes a column of a variable and how many rows from there: ${name}(A.price, 1).`;
      return this.#report.error('sql.wrong-arguments', arg ?? call, message);
    }
    const rows = offset === undefined ? 0 : offset.kind === 'number' ? Number(offset.text) : Number.NaN;
    if (!Number.isInteger(rows) || rows < 0 || rows > OFFSET_MAX) {
      const message = `The offset of ${name} is a whole number from 0 to ${OFFSET_MAX}.`;
      return this.#report.error('sql.wrong-arguments', offset ?? call, message);
    }
    const variable = this.#variableOf(call, [arg]);
    const value = variable === undefined ? undefined : bindExpression(arg, this.#overInput);
    return variable === undefined || value === undefined ? undefined : this.#nth(variable, kind, rows, value);
  }

  /** SUM(A.price * 2): the columns inside are of one variable. */
  #bindAggregate(call: FunctionCall, name: NonNullable<ReturnType<typeof aggregateOf>>): Expression | undefined {
    const parts = call.filter === undefined ? call.args : [...call.args, call.filter];
    const nested = call.args.find(containsAggregate);
    if (nested !== undefined) {
      const message = `An aggregate inside ${call.name.text.toUpperCase()} has no meaning in a pattern.`;
      return this.#report.error('sql.invalid-aggregate', nested, message);
    }
    const variable = this.#variableOf(call, parts);
    const bound = variable === undefined ? undefined : bindAggregate(call, name, this.#overInput);
    if (variable === undefined || bound === undefined) return undefined;
    const { type } = bound.call;
    const isThere = bound.call.name === 'count' || bound.call.name === 'approx_count_distinct' || name === 'user';
    const take = { kind: 'aggregate', call: bound.call } as const;
    return bound.finish(this.#term({ variable, take, type: isThere ? type : withNullable(type, true) }));
  }

  /** The variable all columns of some expressions belong to; undefined after a report. */
  #variableOf(call: FunctionCall, parts: readonly Expr[]): string | undefined {
    const refs = parts.flatMap(columnRefs);
    const unknown = refs.find((ref) => !this.#isVariable(ref) && ref.path.length > 1 && !this.#isColumn(ref));
    if (unknown?.path[0] !== undefined) return unknownVariable(unknown.path[0], this.#variables, this.#report);
    const found = refs.map((ref) => (this.#isVariable(ref) ? (ref.path[0]?.text ?? ALL_ROWS) : ALL_ROWS));
    const [variable = ALL_ROWS, ...others] = new Set(found);
    if (others.length === 0) return variable;
    const names = [variable, ...others].map((name) => (name === ALL_ROWS ? 'all rows' : name)).join(' and ');
    const message = `${call.name.text.toUpperCase()} is over one variable, not over ${names}.`;
    return this.#report.error('sql.invalid-aggregate', parts[0] ?? call, message);
  }

  /** Expressions over the columns of the input, the variable in front of them left out. */
  get #overInput(): ExpressionContext {
    return {
      scope: this.#scope,
      report: this.#report,
      special: { column: (ref) => this.#valueOf(ref)?.expression, call: (call) => this.#refuseNested(call) },
    };
  }

  #refuseNested(call: FunctionCall): 'ordinary' | undefined {
    const name = call.name.text.toUpperCase();
    if (name !== 'FIRST' && name !== 'LAST' && aggregateOf(call) === undefined) return 'ordinary';
    return this.#report.error('sql.invalid-aggregate', call, `${name} inside another has no meaning in a pattern.`);
  }

  /** MATCH_ROWTIME() or, as Flink also writes it, MATCH_ROWTIME(time). */
  #bindRowTime(call: FunctionCall): Expression | undefined {
    if (!this.#isMeasure(call, 'use the time column')) return undefined;
    const { relation } = this.#scope;
    if (this.#time === undefined) return undefined;
    const field = this.#time === 'processing' ? undefined : relation.fields[this.#time];
    if (field === undefined || this.#time === 'processing') {
      const message =
        'MATCH_ROWTIME() is an event time, and this pattern is ordered by processing time: use MATCH_PROCTIME().';
      return this.#report.error('sql.invalid-window', call, message);
    }
    const [arg, ...more] = call.args;
    const named = arg?.kind === 'column' ? findColumn(arg, this.#scope)?.index : undefined;
    if (arg !== undefined && (more.length > 0 || named !== this.#time)) {
      const message = `MATCH_ROWTIME takes nothing, or the column of ORDER BY: MATCH_ROWTIME(${field.name}).`;
      return this.#report.error('sql.wrong-arguments', arg, message);
    }
    const index = this.#time;
    return this.#nth(ALL_ROWS, 'last', 0, { kind: 'column', index, type: field.type });
  }

  /** MATCH_PROCTIME(): the clock when the match is told. */
  #bindClock(call: FunctionCall): Expression | undefined {
    const [arg] = call.args;
    if (arg !== undefined) {
      return this.#report.error('sql.wrong-arguments', arg, 'MATCH_PROCTIME() takes no argument.');
    }
    return this.#isMeasure(call, 'use PROCTIME()') ? PROCTIME : undefined;
  }

  #isMeasure(call: FunctionCall, instead: string): boolean {
    if (this.#defining === undefined) return true;
    const message = `${call.name.text.toUpperCase()}() is a measure: in DEFINE ${instead}.`;
    this.#report.error('sql.unsupported', call, message);
    return false;
  }

  /** Values that may not be there are nullable: a variable without rows, an offset beyond the match. */
  #nth(variable: string, kind: 'first' | 'last', offset: number, expression: Expression): Expression {
    const isCurrent = kind === 'last' && offset === 0 && (variable === ALL_ROWS || variable === this.#defining);
    const { type } = expression;
    const take = { kind, offset, expression };
    return this.#term({ variable, take, type: isCurrent ? type : withNullable(type, true) });
  }

  #term(term: MatchTerm): Expression {
    const key = JSON.stringify(term);
    let index = this.#keys.indexOf(key);
    if (index < 0) {
      index = this.#terms.push(term) - 1;
      this.#keys.push(key);
    }
    return { kind: 'column', index, type: term.type };
  }
}
