import type { Value } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import { keyOfValue, orderOf } from './value-order.ts';

/** Elements of one multiset that are laid out one by one; a column that was read may claim any number. */
const ELEMENTS_MAX = 1_000_000;

/** Values, none of them NULL, with how often each is there: equal by content, in one order, so that equal multisets are equal. */
export function multisetOf(values: Iterable<Value>, element: DataType): ReadonlyMap<Value, Value> {
  const counts = new Map<string, { readonly value: Value; count: number }>();
  for (const value of values) {
    const key = keyOfValue(value);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { value, count: 1 });
    else known.count++;
  }
  return inOrder([...counts.values()], element);
}

/** The same with other values in the place of those, which may be equal then: a cast. */
export function mapMultiset(
  multiset: ReadonlyMap<Value, Value>,
  element: DataType,
  of: (value: Value) => Value,
): ReadonlyMap<Value, Value> {
  const counts = new Map<string, { readonly value: Value; count: number }>();
  for (const [from, count] of multiset) {
    const value = of(from);
    const known = counts.get(keyOfValue(value));
    if (known === undefined) counts.set(keyOfValue(value), { value, count: Number(count) });
    else known.count += Number(count);
  }
  return inOrder([...counts.values()], element);
}

/** Each value as often as it is there. */
export function elementsOf(multiset: Value): readonly Value[] {
  if (!(multiset instanceof Map)) return [];
  const elements: Value[] = [];
  for (const [value, count] of multiset) {
    if (elements.length + Number(count) > ELEMENTS_MAX) throw tooMany();
    for (let left = Number(count); left > 0; left--) elements.push(value);
  }
  return elements;
}

function inOrder(counted: { readonly value: Value; readonly count: number }[], element: DataType) {
  const isScalar = element.kind !== 'array' && element.kind !== 'map' && element.kind !== 'row';
  const order = isScalar ? orderOf(element) : byKey;
  const sorted = counted.sort((a, b) => order(a.value, b.value));
  return new Map(sorted.map(({ value, count }) => [value, count] as const));
}

function byKey(a: Value, b: Value): number {
  const [left, right] = [keyOfValue(a), keyOfValue(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function tooMany(): StreamError {
  const message = `A multiset has more than ${ELEMENTS_MAX} elements, which are too many to be laid out one by one. Cast it to STRING, or aggregate what it is made of otherwise.`;
  return new StreamError('expression.result-too-long', message, { domain: 'user', retry: 'never' });
}
