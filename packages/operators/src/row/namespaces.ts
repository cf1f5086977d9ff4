import { type RecordBatch, rowNumbers } from '@millrace/batch';

/** The selected rows of a batch by the namespace of state they belong to. */
export interface ByNamespace {
  /** Row numbers, ascending; the namespaces in order of their first row. */
  readonly groups: ReadonlyMap<number, Int32Array>;
  /** Rows that belong to none. */
  readonly late: number;
}

/** `times`: by row number. `namespaceOf` gives NaN for a row that comes too late, and is NaN for NaN. */
export function byNamespace(
  batch: RecordBatch,
  times: Float64Array,
  namespaceOf: (time: number) => number,
): ByNamespace {
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  const places = new Map<number, number[]>();
  let late = 0;
  let last = Number.NaN;
  let list: number[] = [];
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? 0;
    const namespace = namespaceOf(times[number] ?? Number.NaN);
    if (Number.isNaN(namespace)) {
      late++;
      continue;
    }
    if (namespace !== last) {
      list = places.get(namespace) ?? [];
      places.set(namespace, list);
      last = namespace;
    }
    list.push(number);
  }
  return { groups: new Map([...places].map(([namespace, rows]) => [namespace, Int32Array.from(rows)])), late };
}
