import type { Value } from '@millrace/batch';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeValue, encodeValue } from './value-code.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`value-code.test seed ${seed}`);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 5 }),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries): Value => new Map(entries)),
  ),
}));

it('a value comes back from its text, and the order of a map does not count', () => {
  fc.assert(
    fc.property(value, (given) => {
      expect(decodeValue(encodeValue(given))).toEqual(given);
    }),
    { seed },
  );
  const map = new Map<Value, Value>([
    ['a', [1, null]],
    ['b', 2n],
  ]);
  expect(encodeValue(new Map([...map].reverse()))).toBe(encodeValue(map));
});
