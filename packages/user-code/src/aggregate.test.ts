import { columnOf, type Value, valueAt } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it, vi } from 'vitest';
import { LIMITS } from './limits.ts';
import { BIGINT, declare, load, STRING } from './testing/declare.ts';

// From source a sandbox starts as slowly as a process does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ARGS: DataType = { kind: 'row', fields: [{ name: 'x', type: BIGINT }], nullable: false };
const parameters = [{ name: 'x', type: BIGINT }];

/** Everything plain data can be, in an accumulator. */
const KEEPER = declare(
  `export function createAccumulator() {
     return { sum: 0n, seen: new Set(), last: undefined, by: new Map(), odd: [NaN, -0, Infinity, [null, true]], at: new Date(5), bytes: new Uint8Array([1, 255]), deep: { a: { b: 'c' } } };
   }
   export function accumulate(held, x) {
     if (x === null) return;
     held.sum += x; held.seen.add(x); held.last = x; held.by.set(x, (held.by.get(x) ?? 0) + 1);
   }
   export function retract(held, x) { held.sum -= x ?? 0n; }
   export function merge(held, other) { held.sum += other.sum; for (const each of other.seen) held.seen.add(each); }
   export function getValue(held) {
     const odd = [Number.isNaN(held.odd[0]), Object.is(held.odd[1], -0), held.odd[2], held.odd[3]];
     return [held.sum, held.seen.size, held.last, held.by.size, JSON.stringify(odd), held.at.getTime(), held.bytes.join(), held.deep.a.b].join(' ');
   }`,
  { name: 'keep', kind: 'aggregate', parameters, abilities: ['merge', 'retract'] },
);

const SUM = declare(
  `export function createAccumulator() { return { sum: 0n }; }
   export function accumulate(held, x) { held.sum += x; }
   export function getValue(held) { return held.sum; }`,
  { name: 'sum', kind: 'aggregate', parameters, returns: BIGINT },
);

function add(functions: UserFunctions, name: string, values: readonly Value[], slots: readonly number[], accumulators: unknown[], direction: 'add' | 'retract' = 'add'): void {
  const column = columnOf(values.map((value) => [value]), ARGS);
  const placed = { rows: Int32Array.from(values.keys()), slots: Int32Array.from(slots), count: values.length };
  functions.accumulate(name, direction, column, placed, accumulators);
} // biome-ignore format: the arguments of a call

function texts(functions: UserFunctions, name: string, accumulators: readonly unknown[]): Value[] {
  const column = functions.results(name, accumulators);
  return accumulators.map((_, at) => valueAt(column, STRING, at));
}

describe('an accumulator', () => {
  it('keeps all plain data exactly, from batch to batch', async () => {
    const functions = await load(KEEPER);
    const held: unknown[] = [];
    add(functions, 'keep', [2n ** 62n, 1n, null], [0, 1, 0], held);
    add(functions, 'keep', [2n ** 62n - 1n, 1n], [0, 1], held);
    add(functions, 'keep', [1n], [1], held, 'retract');
    const odd = '[true,true,null,[null,true]] 5 1,255 c';
    expect(texts(functions, 'keep', held)).toEqual([
      `9223372036854775807 2 4611686018427387903 2 ${odd}`,
      `1 1 1 1 ${odd}`,
    ]);
    functions.close();
  });

  it('is the same text for the same rows in another process, however the batches are cut', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    const random = new SeededRandom(seed);
    const values = Array.from({ length: 3_000 }, () => BigInt(random.integer(50)));
    const slots = values.map(() => random.integer(5));
    const [one, other] = [await load(KEEPER), await load(KEEPER)];
    const whole: unknown[] = [];
    const cut: unknown[] = [];
    add(one, 'keep', values, slots, whole);
    for (let from = 0; from < values.length; ) {
      const to = Math.min(values.length, from + 1 + random.integer(900));
      add(other, 'keep', values.slice(from, to), slots.slice(from, to), cut);
      from = to;
    }
    expect(cut, `seed ${seed}`).toEqual(whole);
    one.close();
    other.close();
  });

  it('merges into others; what was never begun is left out', async () => {
    const functions = await load(KEEPER);
    const from: unknown[] = [];
    add(functions, 'keep', [1n, 2n, 4n], [0, 2, 3], from);
    const into: unknown[] = [];
    add(functions, 'keep', [10n], [0], into);
    functions.merge('keep', from, into, Int32Array.of(0, 1, 0, 2));
    expect(texts(functions, 'keep', [into[0], into[2]]).map((text) => String(text).slice(0, 4))).toEqual([
      '13 3',
      '4 1 ',
    ]);
    expect(into[1]).toBeUndefined();
    functions.close();
  });

  it('is state at any moment: what a snapshot reads is what was added, and more may be added then', async () => {
    const functions = await load(KEEPER);
    const other = await load(KEEPER);
    const held: unknown[] = [];
    for (const value of [3n, 4n]) {
      add(functions, 'keep', [value], [0], held);
      const snapshot = held.map((each) => Object.fromEntries(Object.entries(each as object)));
      expect(texts(other, 'keep', snapshot)).toEqual(texts(functions, 'keep', held));
    }
    expect(String(texts(functions, 'keep', held)[0])).toMatch(/^7 2 4 2 /);
    for (const each of [functions, other]) each.close();
  });

  it('leaves the sandbox and comes back when more keys are in use than stay in there', async () => {
    const functions = await load(SUM);
    const held: unknown[] = [];
    const keys = LIMITS.heldAccumulators + 3_000;
    const slots = Array.from({ length: keys }, (_, at) => at);
    for (let turn = 1n; turn <= 2n; turn++)
      add(
        functions,
        'sum',
        slots.map((slot) => BigInt(slot) * turn),
        slots,
        held,
      );
    const column = functions.results('sum', held);
    const wrong = slots.filter((slot) => valueAt(column, BIGINT, slot) !== BigInt(slot) * 3n);
    expect(wrong).toEqual([]);
    functions.close();
  });

  it('leaves the sandbox before many large ones use up its memory', async () => {
    const body = `export function createAccumulator() { return { text: '' }; }
      export function accumulate(held, x) { held.text = String(x).padEnd(200_000, '.') + 'é'; }
      export function getValue(held) { return BigInt(held.text.length); }`;
    const functions = await load(declare(body, { kind: 'aggregate', parameters, returns: BIGINT }));
    const held: unknown[] = [];
    // 160 MB of text in all, a few at a time.
    for (let slot = 0; slot < 400; slot += 8) {
      const slots = Array.from({ length: 8 }, (_, at) => slot + at);
      add(
        functions,
        'f',
        slots.map((at) => BigInt(at)),
        slots,
        held,
      );
    }
    const column = functions.results('f', held.slice(0, 8));
    expect(Array.from({ length: 8 }, (_, at) => valueAt(column, BIGINT, at))).toEqual(new Array(8).fill(200_001n));
    functions.close();
  });

  it('is changed by nothing that getValue or merge do to what they read', async () => {
    const body = `const shared = [];
      export function createAccumulator() { return { seen: shared }; }
      export function accumulate(held, x) { held.seen.push(x); }
      export function merge(held, other) { held.seen = other.seen; held.seen.push(0n); }
      export function getValue(held) { const text = held.seen.join(); held.seen.length = 0; return text; }`;
    const functions = await load(declare(body, { kind: 'aggregate', parameters, abilities: ['merge'] }));
    const held: unknown[] = [];
    add(functions, 'f', [1n, 2n, 3n], [0, 1, 0], held);
    expect(texts(functions, 'f', held)).toEqual(['1,3', '2']);
    const into: unknown[] = [];
    add(functions, 'f', [9n], [0], into);
    functions.merge('f', held.slice(0, 1), into, Int32Array.of(0));
    add(functions, 'f', [5n], [0], into);
    expect([...texts(functions, 'f', into), ...texts(functions, 'f', held)]).toEqual(['1,3,0,5', '1,3', '2']);
    functions.close();
  });

  it.each([
    ['a function', '{ f: () => 0 }', 'the accumulator holds a function: keep plain data in it'],
    ['an object of a class', '{ o: new (class Mine {})() }', 'the accumulator holds an object (Mine)'],
    ['itself', '(() => { const a = {}; a.a = a; return a; })()', 'nests more than 100 levels, or holds itself'],
    ['too much', "{ text: 'x'.repeat(2_000_000) }", 'an accumulator takes more than 1 MB'],
    ['nothing', 'null', 'createAccumulator() gave null'],
  ])('with %s in it is refused', async (_, made, message) => {
    const body = `export function createAccumulator() { return ${made}; }
      export function accumulate() {}
      export function getValue() { return 'x'; }`;
    const functions = await load(declare(body, { kind: 'aggregate', parameters }));
    expect(() => add(functions, 'f', [1n], [0], [])).toThrow(message);
    functions.close();
  });

  it('names the row whose arguments it fails at', async () => {
    const body = `export function createAccumulator() { return {}; }
      export function accumulate(held, x) {
        if (x === 13n) throw new RangeError('unlucky');
      }
      export function getValue() { return 'x'; }`;
    const functions = await load(declare(body, { kind: 'aggregate', parameters }));
    expect(() => add(functions, 'f', [1n, 13n], [0, 0], [])).toThrow(
      'Function f failed at line 3 of its body: RangeError: unlucky. Its arguments were x = 13.',
    );
    functions.close();
  });
});
