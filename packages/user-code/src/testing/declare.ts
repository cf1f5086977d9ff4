import { columnOf, type Value, valueAt } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { type UserFunction, userFunction } from '@millrace/plan';
import { afterAll, beforeAll } from 'vitest';
import { createUserCode } from '../index.ts';

export const STRING: DataType = { kind: 'string', nullable: true };
export const BIGINT: DataType = { kind: 'bigint', nullable: true };

/** A function of the given body; by default `f(x STRING)` that returns STRING. */
export function declare(body: string, change: Partial<Omit<UserFunction, 'hash'>> = {}): UserFunction {
  return userFunction({
    name: 'f',
    kind: 'scalar',
    parameters: [{ name: 'x', type: STRING }],
    returns: STRING,
    body,
    deterministic: true,
    abilities: [],
    ...change,
  });
}

export function load(...functions: readonly UserFunction[]): Promise<UserFunctions> {
  return createUserCode().load(functions);
}

/** The results over these values of the only parameter. */
export function results(functions: UserFunctions, of: UserFunction, values: readonly Value[]): Value[] {
  const type = of.parameters[0]?.type ?? STRING;
  const rows = Int32Array.from(values.keys());
  const column = functions.call(of.name, of.parameters.length === 0 ? [] : [columnOf(values, type)], rows, rows.length);
  const given: DataType = of.kind === 'table' ? { kind: 'array', element: of.returns, nullable: false } : of.returns;
  return values.map((_, row) => valueAt(column, given, row));
}

/**
 * Many functions in one sandbox for the tests of a `describe`: starting one takes longer than a case. They are named by their
 * place; `resultOf(at)` is what that one gives for a value, or throws.
 */
export function sandboxOf(functions: readonly UserFunction[]): { resultOf(at: number, value?: Value): Value } {
  const numbered = functions.map(({ hash: _, ...parts }, at) => userFunction({ ...parts, name: `f${at}` }));
  let loaded: UserFunctions | undefined;
  beforeAll(async () => {
    loaded = await load(...numbered);
  });
  afterAll(() => loaded?.close());
  return {
    resultOf(at, value = 'x') {
      const of = numbered[at];
      if (of === undefined || loaded === undefined) throw new Error(`there is no function ${at}`);
      return results(loaded, of, [value])[0] ?? null;
    },
  };
}

/** What the function gives for one text; the sandbox is closed again. Throws as the call does. */
export async function resultOf(of: UserFunction, value: Value = 'x'): Promise<Value> {
  const functions = await load(of);
  try {
    return results(functions, of, [value])[0] ?? null;
  } finally {
    functions.close();
  }
}
