import { hashRows, keyGroupOf, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { OperatorContext, TableDescriptor, TableState } from '@millrace/contracts';
import type { DataType, KeyGroupRange } from '@millrace/model';

const INTEGER: DataType = { kind: 'integer', nullable: false };
const CANDIDATES = 1024;

/** How far the watermark had come, and how many rows had, in state: a restored operator still knows which windows it has emitted. */
export const PROGRESS: TableDescriptor = {
  kind: 'table',
  name: 'progress',
  keyTypes: [INTEGER],
  accumulators: ['float64', 'float64'],
};

/**
 * The watermark of one subtask, stored once per key group it owns, so that whoever owns any of them after rescaling has
 * it. All subtasks of a checkpoint have the same one: barriers cut all inputs at the same place.
 */
export class Progress {
  readonly #table: TableState;
  #watermark = Number.NEGATIVE_INFINITY;
  #arrivals = 0;

  constructor(context: OperatorContext) {
    this.#table = context.state.table(PROGRESS.name);
    const restored = this.#table.get(0);
    if (restored !== undefined) {
      for (const value of restored.float64(0).subarray(0, restored.size))
        this.#watermark = Math.max(this.#watermark, value);
      for (const value of restored.float64(1).subarray(0, restored.size))
        this.#arrivals = Math.max(this.#arrivals, value);
    }
    const keys = keysOfGroups(context.keyGroups, context.maxParallelism);
    this.#table.at(0).slotsOf(keys, [0], new Int32Array(keys.rows));
    this.advance(this.#watermark);
    this.arrive(0);
  }

  get watermark(): number {
    return this.#watermark;
  }

  /** A number for the next row, greater than that of every row before it with the same key. */
  get arrivals(): number {
    return this.#arrivals;
  }

  arrive(rows: number): void {
    this.#arrivals += rows;
    const table = this.#table.at(0);
    table.float64(1).fill(this.#arrivals, 0, table.size);
    table.touchAll();
  }

  advance(watermark: number): void {
    this.#watermark = watermark;
    const table = this.#table.at(0);
    table.float64(0).fill(watermark, 0, table.size);
    table.touchAll();
  }
}

/** The least integers that fall into each group of the range: the same for everyone, so a group's entry is found again. */
function keysOfGroups(range: KeyGroupRange, maxParallelism: number): RecordBatch {
  const missing = new Set(rowNumbers(range.last + 1).subarray(range.first));
  const keys: number[] = [];
  const hashes = new Int32Array(CANDIDATES);
  for (let start = 0; missing.size > 0; start += CANDIDATES) {
    const candidates = integers(Int32Array.from(hashes, (_, at) => start + at));
    hashRows(candidates, [0], hashes);
    for (const [at, hash] of hashes.entries()) {
      if (missing.delete(keyGroupOf(hash, maxParallelism))) keys.push(start + at);
    }
  }
  return integers(Int32Array.from(keys));
}

function integers(values: Int32Array): RecordBatch {
  return {
    schema: { fields: [{ name: 'key', type: INTEGER }] },
    rows: values.length,
    columns: [{ kind: 'int32', values, nulls: undefined }],
    selection: undefined,
  };
}
