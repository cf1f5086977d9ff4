import { StreamError } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { userFunction } from '../user-function.ts';
import { parseLogicalPlan } from './logical-plan.ts';

const text = { kind: 'string', nullable: true } as const;
const mask = userFunction({
  name: 'mask',
  kind: 'scalar',
  parameters: [{ name: 'text', type: text }],
  returns: text,
  body: 'return text;',
  deterministic: true,
  abilities: [],
});

// biome-ignore lint/suspicious/noExplicitAny: plans that are wrong on purpose
function valid(): any {
  const column = { kind: 'column', index: 0, type: text };
  const { name, hash } = mask;
  const call = { kind: 'user-call', function: { name, hash }, deterministic: true, args: [column], type: text };
  const schema = { fields: [{ name: 'city', type: text }] };
  const place = { table: 't', connector: 'kafka', options: {} };
  return {
    nodes: [
      { kind: 'source', id: 's', label: 's', schema, ...place },
      { kind: 'project', id: 'p', label: 'p', schema, input: 's', expressions: [call] },
      { kind: 'sink', id: 'k', label: 'k', schema, input: 'p', ...place },
    ],
    functions: [JSON.parse(JSON.stringify(mask))],
  };
}

// biome-ignore lint/suspicious/noExplicitAny: plans that are wrong on purpose
function reasonsFor(change: (plan: any) => void): string {
  const plan = valid();
  change(plan);
  try {
    parseLogicalPlan(plan);
  } catch (error) {
    if (error instanceof StreamError && error.code === 'plan.invalid') return error.message;
    throw error;
  }
  return 'valid';
}

describe('functions of a plan from outside are believed only when every call fits', () => {
  it('a plan that fits comes back as it was', () => {
    expect(JSON.parse(JSON.stringify(parseLogicalPlan(valid())))).toEqual(valid());
  });

  // biome-ignore lint/suspicious/noExplicitAny: plans that are wrong on purpose
  it.each<[string, (plan: any) => void, string]>([
    ['no such function', (plan) => delete plan.functions, 'calls mask, which is no function of the plan'],
    ['another body than the hash says', ({ functions }) => Object.assign(functions[0], { body: 'return 1' }), 'is not the hash of the function'],
    ['a call of another body', ({ nodes }) => Object.assign(nodes[1].expressions[0].function, { hash: 'x' }), 'calls another mask than that of the plan'],
    ['the same name twice', ({ functions }) => functions.push(functions[0]), 'mask is there twice'],
    ['too few arguments', ({ nodes }) => Object.assign(nodes[1].expressions[0], { args: [] }), 'the arguments of mask are not those of its parameters'],
    ['a scalar function that claims to be none', ({ nodes }) => Object.assign(nodes[1].expressions[0], { deterministic: false }), 'mask is deterministic'],
    ['a kind nobody knows', ({ functions }) => Object.assign(functions[0], { kind: 'magic' }), 'must be one of scalar, table, aggregate'],
    ['a body of any length', ({ functions }) => Object.assign(functions[0], { body: 'x'.repeat(100_001) }), 'is over 100000 characters'],
    ['a table function that gives no rows', ({ functions }) => Object.assign(functions[0], { kind: 'table' }), 'must be a ROW'],
  ])('%s', (_, change, reason) => {
    expect(reasonsFor(change)).toContain(reason);
  }); // biome-ignore format: a table
});
