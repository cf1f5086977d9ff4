import type { Value } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import { elementsOf } from './multiset.ts';
import { regexpParts } from './regexp.ts';
import { decodeValue, encodeValue } from './value-code.ts';
import type { ValueFunction } from './value-function.ts';
import { keyOfValue, orderOf } from './value-order.ts';

type List = readonly Value[];

/** The functions on ROW, ARRAY and MAP as Flink's "Collection Functions" says; made for the types of one call. */
export const COLLECTION_FUNCTIONS = {
  'value-code': () => (value) => (value === null ? null : encodeValue(value)),
  'value-of-code': () => (code) => (code === null ? null : decodeValue(String(code))),
  row:
    () =>
    (...fields) =>
      fields,
  array:
    () =>
    (...items) =>
      items,
  map: () => mapOf,
  'row-field': () => strict((row, index) => listOf(row)[Number(index)] ?? null),
  'array-element': () => strict((list, place) => listOf(list)[Number(place) - 1] ?? null),
  'map-element': () => (map, key) => (map === null ? null : entryOf(map, key)),
  cardinality: () => strict((value) => (value instanceof Map ? value.size : listOf(value).length)),
  element: () => strict((list) => onlyOf(listOf(list))),
  'array-contains': () => (list, item) => (list === null ? null : indexOf(listOf(list), item) >= 0),
  'array-position': () => strict((list, item) => indexOf(listOf(list), item) + 1),
  'array-distinct': () => strict((list) => distinct(listOf(list))),
  'array-remove': () => (list, item) => {
    const key = keyOfValue(item ?? null);
    return list === null ? null : listOf(list).filter((other) => keyOfValue(other) !== key);
  },
  'array-reverse': () => strict((list) => listOf(list).toReversed()),
  'array-slice': () =>
    strict((list, from, to) => slice(listOf(list), Number(from), to === undefined ? -1 : Number(to))),
  'array-union': () => strict((a, b) => distinct([...listOf(a), ...listOf(b)])),
  'array-intersect': () => strict((a, b) => keepBy(listOf(a), listOf(b), true)),
  'array-except': () => strict((a, b) => keepBy(listOf(a), listOf(b), false)),
  'array-concat': () => strict((...lists) => lists.flatMap(listOf)),
  'array-append': () => (list, item) => (list === null ? null : [...listOf(list), item ?? null]),
  'array-prepend': () => (list, item) => (list === null ? null : [item ?? null, ...listOf(list)]),
  'array-max': ([type]) => extremeOf(type, 1),
  'array-min': ([type]) => extremeOf(type, -1),
  'array-sort': ([type]) => sortOf(type),
  'array-join': () =>
    strict((list, separator, forNull) => {
      const items = forNull === undefined ? listOf(list).filter((item) => item !== null) : listOf(list);
      return items.map((item) => String(item ?? forNull)).join(String(separator));
    }),
  'map-keys': () => strict((map) => [...mapIn(map).keys()]),
  'map-values': () => strict((map) => [...mapIn(map).values()]),
  'map-entries': () => strict((map) => [...mapIn(map)]),
  'map-from-arrays': () =>
    strict((keys, values) => {
      const items = listOf(values);
      if (listOf(keys).length !== items.length) throw differentLengths(listOf(keys).length, items.length);
      return mapOf(...listOf(keys).flatMap((key, at) => [key, items[at] ?? null]));
    }),
  'map-union': () => strict((...maps) => mapOf(...maps.flatMap((map) => [...mapIn(map)].flat(1)))),
  'multiset-elements': () => strict((multiset) => elementsOf(multiset)),
  split: () =>
    strict((text, separator) => (separator === '' ? [...String(text)] : String(text).split(String(separator)))),
  'str-to-map': () =>
    strict((text, listSeparator, keySeparator) =>
      mapOf(...entriesOf(String(text), String(listSeparator ?? ','), String(keySeparator ?? '='))),
    ),
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

/** NULL when an argument is. */
function strict(of: ValueFunction): ValueFunction {
  return (...args) => (args.includes(null) ? null : of(...args));
}

function listOf(value: Value | undefined): List {
  return Array.isArray(value) ? value : [];
}

function mapIn(value: Value | undefined): ReadonlyMap<Value, Value> {
  return value instanceof Map ? value : new Map();
}

/** Keys are equal by content; a later value replaces an earlier one. */
function mapOf(...pairs: readonly Value[]): ReadonlyMap<Value, Value> {
  const keys = new Map<string, Value>();
  const map = new Map<Value, Value>();
  for (let at = 0; at < pairs.length; at += 2) {
    const key = pairs[at] ?? null;
    const text = keyOfValue(key);
    const known = keys.get(text) ?? key;
    keys.set(text, known);
    map.set(known, pairs[at + 1] ?? null);
  }
  return map;
}

function entryOf(map: Value, key: Value | undefined): Value {
  const wanted = key ?? null;
  const direct = mapIn(map).get(wanted);
  if (direct !== undefined || typeof wanted !== 'object') return direct ?? null;
  const text = keyOfValue(wanted);
  return [...mapIn(map)].find(([other]) => keyOfValue(other) === text)?.[1] ?? null;
}

function indexOf(list: List, item: Value | undefined): number {
  const key = keyOfValue(item ?? null);
  return list.findIndex((other) => keyOfValue(other) === key);
}

function distinct(list: List): List {
  const seen = new Set<string>();
  return list.filter((item) => {
    const key = keyOfValue(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keepBy(list: List, others: List, wanted: boolean): List {
  const keys = new Set(others.map(keyOfValue));
  return distinct(list).filter((item) => keys.has(keyOfValue(item)) === wanted);
}

/** Both ends are counted from 1 and included; negative ones from the end. */
function slice(list: List, from: number, to: number): List {
  const start = from < 0 ? list.length + from : Math.max(0, from - 1);
  const end = to < 0 ? list.length + to : to - 1;
  return list.slice(Math.max(0, start), Math.max(0, end + 1));
}

function onlyOf(list: List): Value {
  if (list.length <= 1) return list[0] ?? null;
  throw badArgument(`ELEMENT takes an array of one element, not of ${list.length}. Write array[1] for the first.`);
}

function differentLengths(keys: number, values: number): StreamError {
  return badArgument(`MAP_FROM_ARRAYS takes as many values as keys, not ${values} for ${keys}. Filter such rows out.`);
}

function badArgument(message: string): StreamError {
  return new StreamError('expression.bad-argument', message, { domain: 'user', retry: 'never' });
}

function extremeOf(type: DataType | undefined, direction: 1 | -1): ValueFunction {
  const order = orderOf(elementOf(type));
  return strict((list) => {
    let best: Value = null;
    for (const item of listOf(list)) {
      if (item !== null && (best === null || order(item, best) * direction > 0)) best = item;
    }
    return best;
  });
}

/** ARRAY_SORT(list [, ascending [, NULLs first]]): ascending with NULLs first, descending with NULLs last, unless said otherwise. */
function sortOf(type: DataType | undefined): ValueFunction {
  const order = orderOf(elementOf(type));
  return (list, ascending, nullsFirst) => {
    if (list === null || ascending === null || nullsFirst === null) return null;
    const direction = ascending === false ? -1 : 1;
    const nulls = (nullsFirst ?? direction === 1) ? -1 : 1;
    return listOf(list).toSorted((a, b) => {
      if (a === null || b === null) return a === b ? 0 : a === null ? nulls : -nulls;
      return order(a, b) * direction;
    });
  };
}

function elementOf(type: DataType | undefined): DataType {
  return type?.kind === 'array' ? type.element : { kind: 'string', nullable: true };
}

/** Both separators are regular expressions; of an entry only the first one counts. */
function entriesOf(text: string, listSeparator: string, keySeparator: string): List {
  if (text === '') return [];
  return regexpParts(text, listSeparator).flatMap((entry) => {
    const [key = entry, value = null] = regexpParts(entry, keySeparator, 2);
    return [key, value];
  });
}
