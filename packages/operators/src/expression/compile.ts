import type { RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { type Predicate, type Projection, predicateLoop, projectionLoop } from './compile-loop.ts';
import { extractCalls, hasUserCalls } from './user-calls.ts';

export type { Predicate, Projection } from './compile-loop.ts';

/** `owner` starts every error message: the label of the plan node. `functions` are those the expressions may call. */
export function compileProjection(
  expressions: readonly Expression[],
  schema: Schema,
  owner: string,
  functions?: UserFunctions,
): Projection {
  if (!expressions.some(hasUserCalls)) return projectionLoop(expressions, schema, owner);
  const calls = extractCalls(expressions, schema, owner, functions);
  const project = projectionLoop(calls.expressions, calls.schema, owner);
  return (batch, now) => project(calls.run(batch, now), now);
}

export function compilePredicate(
  predicate: Expression,
  schema: Schema,
  owner: string,
  functions?: UserFunctions,
): Predicate {
  if (!hasUserCalls(predicate)) return predicateLoop(predicate, schema, owner);
  const calls = extractCalls([predicate], schema, owner, functions);
  const [rewritten = predicate] = calls.expressions;
  const pass = predicateLoop(rewritten, calls.schema, owner);
  return (batch, now) => {
    const wide = calls.run(batch, now);
    const passed = pass(wide, now);
    return passed === wide ? batch : ({ ...batch, selection: passed.selection } satisfies RecordBatch);
  };
}
