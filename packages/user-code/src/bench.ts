/**
 * Thousand rows per second of wall time and of CPU time, of functions in the sandbox and of what is built in, over the same rows. Run it
 * with `npx tsx packages/user-code/src/bench.ts`; compare ratios, not figures of different machines.
 */
import { BatchBuilder, type RecordBatch } from '@millrace/batch';
import type { Collector, Operator } from '@millrace/contracts';
import { type DataType, type OperatorId, StreamError } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { type AggregateCall, type Expression, type UserFunction, userFunction } from '@millrace/plan';
import { HeapStateBackend } from '@millrace/state';
import { nothingOutside } from '@millrace/testing/nothing-outside';
import { createUserCode } from './index.ts';

const ROWS = 4_096;
const BATCHES = 8;
const ROUNDS = 5;
const string: DataType = { kind: 'string', nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: true };
const decimal: DataType = { kind: 'decimal', precision: 12, scale: 2, nullable: true };
const fields = [
  { name: 'city', type: string },
  { name: 'amount', type: bigint },
  { name: 'price', type: decimal },
];
const [city, amount, price] = fields.map(({ type }, index): Expression => ({ kind: 'column', index, type }));
if (city === undefined || amount === undefined || price === undefined) throw new Error('three columns');

const FUNCTIONS = {
  upper: scalar('upper_js', [fields[0]], string, 'return city === null ? null : city.toUpperCase();'),
  triple: scalar('triple', [fields[1]], bigint, 'return amount * 3n;'),
  discount: scalar('discount', [fields[2]], decimal, 'return (Number(price) * 0.9).toFixed(2);'),
  total: userFunction({
    name: 'total', kind: 'aggregate', parameters: [{ name: 'amount', type: bigint }], returns: bigint, deterministic: true, abilities: [],
    body: `export function createAccumulator() { return { sum: 0n }; }
           export function accumulate(held, amount) { held.sum += amount; }
           export function getValue(held) { return held.sum; }`,
  }), // biome-ignore format: the body is a program
};

function scalar(
  name: string,
  parameters: readonly (UserFunction['parameters'][number] | undefined)[],
  returns: DataType,
  body: string,
) {
  const known = parameters.filter((parameter) => parameter !== undefined);
  return userFunction({ name, kind: 'scalar', parameters: known, returns, body, deterministic: true, abilities: [] });
}

const user = ({ name, hash, deterministic, returns }: UserFunction, arg: Expression): Expression => ({
  kind: 'user-call',
  function: { name, hash },
  deterministic,
  args: [arg],
  type: returns,
});
const builtIn = (name: 'upper' | '*', args: readonly Expression[], type: DataType): Expression => ({
  kind: 'call',
  name,
  args,
  type,
});
const batches = Array.from({ length: BATCHES }, (_, at) => batchOf(at));
const functions = await createUserCode().load(Object.values(FUNCTIONS));
const out: Collector = { emit() {}, emitWatermark() {}, emitIdle() {} };

await measure('UPPER(city), built in', project(builtIn('upper', [city], string)));
await measure('upper_js(city)', project(user(FUNCTIONS.upper, city)));
await measure(
  'amount * 3, built in',
  project(builtIn('*', [amount, { kind: 'literal', value: '3', type: bigint }], bigint)),
);
await measure('triple(amount)', project(user(FUNCTIONS.triple, amount)));
await measure('discount(price)', project(user(FUNCTIONS.discount, price)));
await measure(
  'SUM(amount) of 1,000 groups, built in',
  group({ name: 'sum', arg: amount, filter: undefined, type: bigint }),
);
const { name, hash } = FUNCTIONS.total;
const row: DataType = { kind: 'row', fields: [{ name: 'amount', type: bigint }], nullable: false };
const argument: Expression = { kind: 'call', name: 'row', args: [amount], type: row };
await measure(
  'total(amount) of 1,000 groups',
  group({ name: 'user', function: { name, hash }, arg: argument, filter: undefined, type: bigint }),
);
functions.close();

function batchOf(batch: number): RecordBatch {
  const builder = new BatchBuilder({ fields });
  for (let at = 0; at < ROWS; at++) {
    const key = (at * 7_919 + batch * 104_729) % 1_000;
    builder.append([`city-${key}`, BigInt(key), `${key}.25`]);
  }
  return builder.finish();
}

function project(expression: Expression): Operator {
  const schema = { fields: [{ name: 'result', type: expression.type }] };
  const node = {
    kind: 'project',
    id: 'p' as OperatorId,
    label: 'bench',
    input: 'in' as OperatorId,
    schema,
    expressions: [expression],
  } as const;
  return createOperator(node, [{ fields }], functions);
}

function group(call: AggregateCall): Operator {
  const schema = {
    fields: [
      { name: 'city', type: string },
      { name: 'result', type: call.type },
    ],
  };
  const node = {
    kind: 'group-aggregate',
    id: 'g' as OperatorId,
    label: 'bench',
    input: 'in' as OperatorId,
    schema,
    keys: [0],
    calls: [call],
    insertOnly: true,
  } as const;
  return createOperator(node, [{ fields }], functions);
}

async function measure(title: string, operator: Operator): Promise<void> {
  const keyGroups = { first: 0, last: 127 };
  const scope = { operator: 'op' as OperatorId, subtask: 0, keyGroups, maxParallelism: 128 };
  const nothing = {
    read: () =>
      Promise.reject(new StreamError('state.corrupt', 'nothing to read', { domain: 'internal', retry: 'never' })),
  };
  const state = await new HeapStateBackend().open({ ...scope, descriptors: operator.state }, [], nothing);
  const metrics = { count() {}, gauge() {}, scoped: () => metrics };
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  operator.open({
    subtask: 0,
    parallelism: 1,
    keyGroups,
    maxParallelism: 128,
    state,
    metrics,
    clock,
    outside: nothingOutside,
  });
  const rates = Array.from({ length: ROUNDS }, () => {
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (const batch of batches) operator.process(batch, 0, out);
    const wallMs = performance.now() - started;
    const { user: own, system } = process.cpuUsage(cpu);
    return { wall: (ROWS * BATCHES) / wallMs, cpu: (ROWS * BATCHES) / ((own + system) / 1_000) };
  });
  const best = (of: 'wall' | 'cpu') =>
    Math.max(...rates.map((rate) => rate[of]))
      .toFixed(0)
      .padStart(8);
  console.log(`${title.padEnd(40)}${best('wall')} k rows/s${best('cpu')} k rows/CPU-s`);
}
