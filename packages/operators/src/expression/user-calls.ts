import { type Column, columnOf, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { Expression, UserCallExpression } from '@millrace/plan';
import { type Predicate, type Projection, predicateLoop, projectionLoop } from './compile-loop.ts';

/**
 * Calls of functions somebody wrote take a whole batch, so they cannot stand in the loop that goes row by row. Each becomes a step
 * before it, whose result is one more column that the loop reads. A call is made for the rows for which its value matters, and for
 * no others: not in a branch of CASE that is not taken, not after the condition that settles an AND or OR, so that CASE can keep a
 * function from rows it fails at.
 */
export interface ExtractedCalls {
  /** The same expressions over `schema`, without calls. */
  readonly expressions: readonly Expression[];
  readonly schema: Schema;
  /** The batch with a column more per step. */
  readonly run: (batch: RecordBatch, now: number) => RecordBatch;
}

interface Step {
  readonly call: UserCallExpression;
  /** Over the columns so far, as the arguments are. Undefined: for every row. */
  readonly guard: Expression | undefined;
}

export function hasUserCalls(expression: Expression): boolean {
  switch (expression.kind) {
    case 'user-call':
      return true;
    case 'column':
    case 'literal':
      return false;
    case 'call':
      return expression.args.some(hasUserCalls);
    case 'cast':
      return hasUserCalls(expression.arg);
    case 'case':
      return (
        expression.branches.some(({ when, value }) => hasUserCalls(when) || hasUserCalls(value)) ||
        hasUserCalls(expression.otherwise)
      );
  }
}

export function extractCalls(
  expressions: readonly Expression[],
  schema: Schema,
  owner: string,
  functions: UserFunctions | undefined,
): ExtractedCalls {
  if (functions === undefined) throw new Error(`${owner}: calls a function, and no sandbox was opened for it`);
  const extraction = new Extraction(schema.fields.length);
  const rewritten = expressions.map((expression) => extraction.rewrite(expression, undefined));
  const fields = extraction.steps.map(({ call }, at) => ({ name: `${call.function.name} ${at}`, type: call.type }));
  const wide: Schema = { fields: [...schema.fields, ...fields] };
  const steps = extraction.steps.map((step) => compileStep(step, wide, owner, functions));
  return {
    expressions: rewritten,
    schema: wide,
    run: (batch, now) => steps.reduce((widened, step) => step(widened, now), batch),
  };
}

/** Finds the calls, innermost first. */
class Extraction {
  readonly steps: Step[] = [];
  readonly #width: number;
  readonly #known = new Map<string, number>();

  constructor(width: number) {
    this.#width = width;
  }

  rewrite(expression: Expression, guard: Expression | undefined): Expression {
    if (!hasUserCalls(expression)) return expression;
    switch (expression.kind) {
      case 'column':
      case 'literal':
        return expression;
      case 'cast':
        return { ...expression, arg: this.rewrite(expression.arg, guard) };
      case 'user-call': {
        const args = expression.args.map((arg) => this.rewrite(arg, guard));
        return this.#result({ ...expression, args }, guard);
      }
      case 'call': {
        const goesOn = GOES_ON[expression.name];
        let open = guard;
        const args = expression.args.map((arg) => {
          const rewritten = this.rewrite(arg, open);
          if (goesOn !== undefined) open = both(open, test(goesOn, rewritten));
          return rewritten;
        });
        return { ...expression, args };
      }
      case 'case': {
        let open = guard;
        const branches = expression.branches.map(({ when, value }) => {
          const condition = this.rewrite(when, open);
          const taken = this.rewrite(value, both(open, condition));
          open = both(open, test('is-not-true', condition));
          return { when: condition, value: taken };
        });
        return { ...expression, branches, otherwise: this.rewrite(expression.otherwise, open) };
      }
    }
  }

  /** The column that will hold the value; equal calls are one, unless each must be made. */
  #result(call: UserCallExpression, guard: Expression | undefined): Expression {
    const key = JSON.stringify([call, guard]);
    const known = call.deterministic ? this.#known.get(key) : undefined;
    const step = known ?? this.steps.push({ call, guard }) - 1;
    this.#known.set(key, step);
    return { kind: 'column', index: this.#width + step, type: call.type };
  }
}

/** What must hold of an argument for the next one to matter. */
const GOES_ON: Readonly<Partial<Record<string, 'is-not-false' | 'is-not-true' | 'is-null'>>> = {
  and: 'is-not-false',
  or: 'is-not-true',
  coalesce: 'is-null',
};

function test(name: 'is-not-false' | 'is-not-true' | 'is-null', arg: Expression): Expression {
  return { kind: 'call', name, args: [arg], type: { kind: 'boolean', nullable: false } };
}

function both(first: Expression | undefined, second: Expression): Expression {
  if (first === undefined) return second;
  return { kind: 'call', name: 'and', args: [first, second], type: { kind: 'boolean', nullable: true } };
}

function compileStep({ call, guard }: Step, schema: Schema, owner: string, functions: UserFunctions) {
  const passes: Predicate | undefined = guard && predicateLoop(guard, schema, owner);
  const compute: Projection = projectionLoop(call.args, schema, owner);
  return (batch: RecordBatch, now: number): RecordBatch => {
    const asked = passes === undefined ? batch : passes(batch, now);
    const rows = asked.selection ?? rowNumbers(batch.rows);
    const column =
      rows.length === 0
        ? nullsOf(call.type, batch.rows)
        : functions.call(call.function.name, compute(asked, now), rows, batch.rows);
    return { ...batch, columns: [...batch.columns, column] };
  };
}

function nullsOf(type: DataType, rows: number): Column {
  return columnOf(new Array<null>(rows).fill(null), type);
}
