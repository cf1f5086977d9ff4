import { isNullAt, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { KeyedRows } from '@millrace/contracts';

/** By place in the selection: whether any of the columns is NULL there. Undefined when none is. */
export function nullKeys(batch: RecordBatch, keyColumns: readonly number[]): Uint8Array | undefined {
  const columns = keyColumns.flatMap((index) => batch.columns[index] ?? []).filter(({ nulls }) => nulls !== undefined);
  if (columns.length === 0) return undefined;
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  return Uint8Array.from(numbers, (row) => (columns.some((column) => isNullAt(column, row)) ? 1 : 0));
}

/** The selected rows whose key columns are all there, by number. NULL equals nothing in a join. */
export function rowsWithKeys(batch: RecordBatch, keyColumns: readonly number[]): Int32Array {
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  const without = nullKeys(batch, keyColumns);
  return without === undefined ? numbers : numbers.filter((_, at) => without[at] === 0);
}

/** By row number, the slot of the rows `numbers`; those that have none yet get one. -1 for all other rows. */
export function slotsByRow(
  rows: KeyedRows,
  batch: RecordBatch,
  keyColumns: readonly number[],
  numbers: Int32Array,
): Int32Array {
  const found = new Int32Array(numbers.length);
  rows.slotsOf(withSelection(batch, numbers), keyColumns, found);
  return scattered(found, numbers, batch.rows);
}

/** The same without adding keys: -1 where there is none. */
export function knownSlotsByRow(
  rows: KeyedRows,
  batch: RecordBatch,
  keyColumns: readonly number[],
  numbers: Int32Array,
): Int32Array {
  const found = new Int32Array(numbers.length);
  rows.findSlots(withSelection(batch, numbers), keyColumns, found);
  return scattered(found, numbers, batch.rows);
}

function scattered(found: Int32Array, numbers: Int32Array, rows: number): Int32Array {
  if (numbers.length === rows) return found;
  const slots = new Int32Array(rows).fill(-1);
  for (let at = 0; at < numbers.length; at++) slots[numbers[at] ?? 0] = found[at] ?? -1;
  return slots;
}
