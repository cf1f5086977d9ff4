import { isRetraction } from '@millrace/batch';

/** The rows of a batch by whether they add or take back, each with its slot. */
export interface Signed {
  readonly added: SlotRows;
  readonly taken: SlotRows;
}

interface SlotRows {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  readonly count: number;
}

/**
 * `held` counts the rows of each slot and is brought up to date row by row; a row that takes back from a slot
 * without rows is left out.
 */
export function splitBySign(rows: Int32Array, slots: Int32Array, changes: Uint8Array, held: Float64Array): Signed {
  const added = { rows: new Int32Array(rows.length), slots: new Int32Array(rows.length), count: 0 };
  const taken = { rows: new Int32Array(rows.length), slots: new Int32Array(rows.length), count: 0 };
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const slot = slots[at] ?? 0;
    const isTaken = isRetraction(changes[row] ?? 0);
    const count = held[slot] ?? 0;
    if (isTaken && count === 0) continue;
    held[slot] = isTaken ? count - 1 : count + 1;
    const side = isTaken ? taken : added;
    side.rows[side.count] = row;
    side.slots[side.count++] = slot;
  }
  return { added, taken };
}
