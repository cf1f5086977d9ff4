import { type Float64Column, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Slices } from './slices.ts';

export interface SliceGroup {
  readonly sliceEnd: number;
  /** Row numbers, ascending. */
  readonly rows: Int32Array;
}

export interface GroupedRows {
  readonly groups: readonly SliceGroup[];
  /** Rows whose windows have all been emitted, and rows without an event time. */
  readonly late: number;
}

const DROPPED = -1;

/** The selected rows of a batch by slice. Most batches lie in one to three slices, and rows of one slice come together. */
export function groupBySlice(batch: RecordBatch, time: Float64Column, slices: Slices, watermark: number): GroupedRows {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  const { values, nulls } = time;
  const ends: number[] = [];
  const counts: number[] = [];
  const known = new Map<number, number>();
  const places = scratch(rows.length);
  let late = 0;
  let from = 0;
  let to = 0;
  let group = DROPPED;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const timestamp = nulls?.[row] === 1 ? Number.NaN : (values[row] ?? 0);
    if (!(timestamp >= from && timestamp < to)) {
      if (Number.isNaN(timestamp)) {
        late++;
        places[at] = DROPPED;
        continue;
      }
      to = slices.endOf(timestamp);
      from = to - slices.sizeMs;
      group = groupFor(to, slices, watermark, ends, counts, known);
    }
    places[at] = group;
    if (group >= 0) counts[group] = (counts[group] ?? 0) + 1;
    else if (group === LATE) late++;
  }
  if (ends.length === 1 && counts[0] === rows.length) return { groups: [{ sliceEnd: ends[0] ?? 0, rows }], late };
  return { groups: collect(rows, places, ends, counts), late };
}

const LATE = -2;

/** The number of the slice's group, LATE, or DROPPED for a row between windows (a slide longer than the size). */
function groupFor(
  end: number,
  slices: Slices,
  watermark: number,
  ends: number[],
  counts: number[],
  known: Map<number, number>,
): number {
  const found = known.get(end);
  if (found !== undefined) return found;
  const last = slices.lastWindowEnd(end);
  let group = DROPPED;
  if (last >= slices.firstWindowEnd(end)) group = last - 1 <= watermark ? LATE : ends.length;
  known.set(end, group);
  if (group >= 0) {
    ends.push(end);
    counts.push(0);
  }
  return group;
}

function collect(rows: Int32Array, places: Int32Array, ends: readonly number[], counts: readonly number[]) {
  const lists = counts.map((count) => new Int32Array(count));
  const filled = new Int32Array(counts.length);
  for (let at = 0; at < rows.length; at++) {
    const group = places[at] ?? DROPPED;
    if (group < 0) continue;
    const next = filled[group] ?? 0;
    const list = lists[group];
    if (list !== undefined) list[next] = rows[at] ?? 0;
    filled[group] = next + 1;
  }
  return lists.map((list, group) => ({ sliceEnd: ends[group] ?? 0, rows: list }));
}

let placesScratch = new Int32Array(0);

function scratch(length: number): Int32Array {
  if (placesScratch.length < length) placesScratch = new Int32Array(Math.max(length, placesScratch.length * 2, 4096));
  return placesScratch;
}
