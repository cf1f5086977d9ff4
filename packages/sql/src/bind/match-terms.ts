import type { DataType } from '@millrace/model';
import type { Expression, MatchExpression, MatchTerm, TimeRef } from '@millrace/plan';
import type { ColumnRef, Expr, FunctionCall } from '../ast.ts';
import { columnRefs } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { PROCTIME } from '../functions/datetime-functions.ts';
import { typeName } from './coerce.ts';
import { bindCondition, bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import type { FilledScope } from './join.ts';
import { unknownVariable } from './match-variable.ts';
import { findColumn, resolveColumn } from './scope.ts';
import { averageType, isConstructed, isNumeric, sumType, withNullable } from './type-rule.ts';

/** Every row of the match. */
const ALL_ROWS = '*';
/** LAST(A.x, n) looks back at most this many rows: they must be kept. */
const OFFSET_MAX = 1_000;

type Take = MatchTerm['take'];

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
    return value && this.#last(value, 0);
  }

  #last(value: { readonly variable: string; readonly expression: Expression }, offset: number): Expression {
    return this.#term(value.variable, { kind: 'last', offset }, value.expression, value.expression.type);
  }

  /** A column of the input and the variable in front of it. */
  #valueOf(ref: ColumnRef): { readonly variable: string; readonly expression: Expression } | undefined {
    const [first, second] = ref.path;
    if (first === undefined) return undefined;
    const isVariable = this.#variables.includes(first.text) && second !== undefined;
    if (!isVariable) {
      const { fields } = this.#scope.relation;
      if (second !== undefined && !fields.some((field) => field.name === first.text)) {
        return unknownVariable(first, this.#variables, this.#report);
      }
      const expression = resolveColumn(ref, this.#scope, this.#report);
      return expression && { variable: ALL_ROWS, expression };
    }
    const path = ref.path.slice(1);
    const expression = resolveColumn({ ...ref, path, from: second.from }, this.#scope, this.#report);
    return expression && { variable: first.text, expression };
  }

  #bindCall(call: FunctionCall): Expression | 'ordinary' | undefined {
    const name = call.name.text.toUpperCase();
    switch (name) {
      case 'FIRST':
      case 'LAST':
        return this.#bindLogicalOffset(call, name === 'FIRST' ? 'first' : 'last');
      case 'COUNT':
      case 'SUM':
      case 'MIN':
      case 'MAX':
      case 'AVG':
        return this.#bindAggregate(call, name);
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
      default:
        return 'ordinary';
    }
  }

  #bindLogicalOffset(call: FunctionCall, kind: 'first' | 'last'): Expression | undefined {
    const [arg, offset, ...more] = call.args;
    const name = call.name.text.toUpperCase();
    if (arg?.kind !== 'column' || more.length > 0) {
      const message = `${name} takes a column of a variable and how many rows from there: ${name}(A.price, 1).`;
      return this.#report.error('sql.wrong-arguments', arg ?? call, message);
    }
    const rows = offset === undefined ? 0 : offset.kind === 'number' ? Number(offset.text) : Number.NaN;
    if (!Number.isInteger(rows) || rows < 0 || rows > OFFSET_MAX) {
      const message = `The offset of ${name} is a whole number from 0 to ${OFFSET_MAX}.`;
      return this.#report.error('sql.wrong-arguments', offset ?? call, message);
    }
    const value = this.#valueOf(arg);
    return value && this.#term(value.variable, { kind, offset: rows }, value.expression, value.expression.type);
  }

  /** SUM(A.price * 2): the columns inside are of one variable. */
  #bindAggregate(call: FunctionCall, name: 'COUNT' | 'SUM' | 'MIN' | 'MAX' | 'AVG'): Expression | undefined {
    if (call.distinct !== undefined || call.filter !== undefined) {
      const at = call.distinct ?? call.filter ?? call;
      return this.#report.error('sql.unsupported', at, 'DISTINCT and FILTER are not supported in MATCH_RECOGNIZE.');
    }
    const bigint: DataType = { kind: 'bigint', nullable: false };
    if (call.star && name === 'COUNT') return this.#term(ALL_ROWS, { kind: 'count' }, undefined, bigint);
    const [arg, ...more] = call.args;
    if (arg === undefined || more.length > 0) {
      return this.#report.error('sql.wrong-arguments', call, `${name} takes 1 argument, not ${call.args.length}.`);
    }
    const variable = this.#variableOf(arg);
    const value = variable === undefined ? undefined : this.#overInput(arg);
    if (variable === undefined || value === undefined) return undefined;
    const wrong = (name === 'SUM' || name === 'AVG') && !isNumeric(value.type);
    if (wrong || (name !== 'COUNT' && isConstructed(value.type))) {
      const takes = name === 'SUM' || name === 'AVG' ? 'a number' : 'a value that can be compared';
      return this.#report.error('sql.type-mismatch', arg, `${name} takes ${takes}, not ${typeName(value)}: use CAST.`);
    }
    switch (name) {
      case 'COUNT':
        return this.#term(variable, { kind: 'count' }, value, bigint);
      case 'SUM':
        return this.#term(variable, { kind: 'sum' }, value, sumType(value.type));
      case 'AVG':
        return this.#term(variable, { kind: 'avg' }, value, averageType(value.type));
      default:
        return this.#term(variable, { kind: name === 'MIN' ? 'min' : 'max' }, value, value.type);
    }
  }

  /** The variable all columns of an aggregate's argument belong to; undefined after a report. */
  #variableOf(arg: Expr): string | undefined {
    const found = columnRefs(arg).map(({ path: [first, second] }) => {
      return first !== undefined && second !== undefined && this.#variables.includes(first.text)
        ? first.text
        : ALL_ROWS;
    });
    const [variable = ALL_ROWS, ...others] = new Set(found);
    if (others.length === 0) return variable;
    const message = `An aggregate is over one variable, not over ${[variable, ...others].join(' and ')}.`;
    return this.#report.error('sql.invalid-aggregate', arg, message);
  }

  /** An expression over the columns of the input, the variable in front of them left out. */
  #overInput(arg: Expr): Expression | undefined {
    return bindExpression(arg, {
      scope: this.#scope,
      report: this.#report,
      special: { column: (ref) => this.#valueOf(ref)?.expression, call: (call) => this.#refuseNested(call) },
    });
  }

  #refuseNested(call: FunctionCall): 'ordinary' | undefined {
    const name = call.name.text.toUpperCase();
    if (!['FIRST', 'LAST', 'COUNT', 'SUM', 'MIN', 'MAX', 'AVG'].includes(name)) return 'ordinary';
    return this.#report.error('sql.invalid-aggregate', call, `${name} inside an aggregate has no meaning.`);
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
    return this.#term(ALL_ROWS, { kind: 'last', offset: 0 }, { kind: 'column', index, type: field.type }, field.type);
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
  #term(variable: string, take: Take, expression: Expression | undefined, type: DataType): Expression {
    const isCount = take.kind === 'count';
    const isCurrent =
      take.kind === 'last' && take.offset === 0 && (variable === ALL_ROWS || variable === this.#defining);
    const term: MatchTerm = {
      variable,
      take,
      expression,
      type: isCount || isCurrent ? type : withNullable(type, true),
    };
    const key = JSON.stringify(term);
    let index = this.#keys.indexOf(key);
    if (index < 0) {
      index = this.#terms.push(term) - 1;
      this.#keys.push(key);
    }
    return { kind: 'column', index, type: term.type };
  }
}
