import { isDeepStrictEqual } from 'node:util';
import { columnOf, isNullAt, type Value, valueAt } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import { unsupported } from '../expression/scope.ts';
import { multisetOf } from '../function/multiset.ts';
import type { Mergeable, Retractable } from './accumulation.ts';

/**
 * Aggregates that need their values in order of arrival: LISTAGG, ARRAY_AGG, COLLECT, SINGLE_VALUE, and FIRST_VALUE and LAST_VALUE where
 * rows are taken back. A slot is a list: the number of a row, its value, the number of the next row, its value. Taking back removes the
 * oldest equal value, as Flink's do.
 */
export function listAccumulation(call: AggregateCall, argument: DataType): Mergeable & Retractable {
  const finish = finishOf(call);
  const takesNulls = call.name === 'array_agg' || call.name === 'single_value' ? { takesNulls: true as const } : {};
  return {
    ...takesNulls,
    kinds: ['object'],
    accumulate(table, base, column, { rows, slots, count, arrival }) {
      const lists = table.object(base);
      for (let at = 0; at < count && column !== undefined; at++) {
        const row = rows[at] ?? 0;
        const value = isNullAt(column, row) ? null : valueAt(column, argument, row);
        listAt(lists, slots[at] ?? 0).push(arrival + row, value);
      }
    },
    retract(table, base, column, { rows, slots, count }) {
      const lists = table.object(base);
      for (let at = 0; at < count && column !== undefined; at++) {
        const row = rows[at] ?? 0;
        remove(listAt(lists, slots[at] ?? 0), isNullAt(column, row) ? null : valueAt(column, argument, row));
      }
    },
    merge(from, to, base, slots) {
      const source = from.object(base);
      const target = to.object(base);
      for (let at = 0; at < from.size; at++) {
        const added = source[at];
        const slot = slots[at] ?? 0;
        if (Array.isArray(added)) target[slot] = mergeByArrival(listAt(target, slot), added);
      }
    },
    result(table, base, slots) {
      const lists = table.object(base);
      return columnOf(
        Array.from(slots, (slot) => finish(listAt(lists, slot))),
        call.type,
      );
    },
  };
}

type List = (number | Value)[];

function finishOf({ name, parameter, type, arg }: AggregateCall): (list: List) => Value {
  switch (name) {
    case 'first_value':
      return (list) => (list[1] ?? null) as Value;
    case 'last_value':
      return (list) => (list.at(-1) ?? null) as Value;
    case 'listagg': {
      const separator = String(parameter ?? ',');
      return (list) => (list.length === 0 ? null : valuesOf(list).join(separator));
    }
    case 'array_agg':
      return (list) => (list.length === 0 ? null : valuesOf(list));
    case 'collect': {
      const element = arg?.type ?? type;
      return (list) => multisetOf(valuesOf(list), element);
    }
    case 'single_value':
      return single;
    default:
      throw unsupported(name.toUpperCase(), arg?.type ?? type);
  }
}

function single(list: List): Value {
  if (list.length <= 2) return list[1] ?? null;
  throw new StreamError(
    'expression.more-than-one-row',
    'A subquery that stands for one value gave more than one row. Aggregate it, or add LIMIT 1.',
    { domain: 'user', retry: 'never' },
  );
}

function valuesOf(list: List): Value[] {
  return list.filter((_, at) => at % 2 === 1);
}

function listAt(lists: unknown[], slot: number): List {
  const known = lists[slot];
  if (Array.isArray(known)) return known;
  const list: List = [];
  lists[slot] = list;
  return list;
}

function remove(list: List, value: Value): void {
  for (let at = 1; at < list.length; at += 2) {
    const held = list[at];
    if (held !== value && !isDeepStrictEqual(held, value)) continue;
    list.splice(at - 1, 2);
    return;
  }
}

/** Both are in order of arrival, and so is the result; `added` is left as it is. */
function mergeByArrival(list: List, added: List): List {
  if (list.length === 0 || Number(list.at(-2)) < Number(added[0])) {
    for (const item of added) list.push(item);
    return list;
  }
  const merged: List = [];
  let next = 0;
  for (let at = 0; at < list.length; at += 2) {
    for (; next < added.length && Number(added[next]) < Number(list[at]); next += 2)
      merged.push(added[next] ?? null, added[next + 1] ?? null);
    merged.push(list[at] ?? null, list[at + 1] ?? null);
  }
  return merged.concat(added.slice(next));
}
