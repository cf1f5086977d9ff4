import type { SourceBatch, SourceReader, Split, SplitProgress } from '@millrace/contracts';
import type { SplitId } from '@millrace/model';
import { pause } from '../retrying.ts';
import type { TablePages } from './paged-table.ts';
import { parsePosition, type TablePosition } from './partition.ts';

interface OpenSplit {
  readonly id: SplitId;
  position: TablePosition;
}

const NOTHING: SourceBatch = { batch: undefined, rejected: [], finishedSplits: [], bytes: 0 };

/**
 * Reads a page of a split per poll, the splits in turn. Pages follow the table's key: a row that is there all the time comes exactly
 * once, also after a restore. Without a key the order is that of all columns and a page skips what was read: exact as
 * long as nobody changes the table, and slower with every page.
 */
export class TableReader implements SourceReader {
  readonly #pages: TablePages;
  #splits: OpenSplit[] = [];
  #turn = 0;

  constructor(pages: TablePages) {
    this.#pages = pages;
  }

  addSplits(splits: readonly Split[]): void {
    for (const split of splits) this.#splits.push({ id: split.id, position: parsePosition(split) });
  }

  async poll(rowsMax: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    const split = this.#splits[this.#turn++ % Math.max(1, this.#splits.length)];
    if (split === undefined) {
      await pause(waitMs, signal);
      signal.throwIfAborted();
      return NOTHING;
    }
    const { rows, bytes, position } = await this.#pages.next(split.position, rowsMax, signal);
    split.position = position;
    const isLast = rows.rows < rowsMax;
    if (isLast) this.#splits = this.#splits.filter((other) => other !== split);
    const runs = [{ split: split.id, from: 0, to: rows.rows }];
    const batch = rows.rows === 0 ? undefined : { ...rows, runs };
    return { batch, rejected: [], finishedSplits: isLast ? [split.id] : [], bytes };
  }

  snapshot(): readonly Split<TablePosition>[] {
    return this.#splits.map(({ id, position }) => ({ id, start: position }));
  }

  /** How many rows are left is not known: counting them would read them. */
  progress(): readonly SplitProgress[] {
    return this.#splits.map(({ id }) => ({ split: id, lagRecords: undefined, lagMs: undefined, caughtUp: false }));
  }

  async onCheckpointComplete(): Promise<void> {}

  async close(): Promise<void> {
    await this.#pages.close();
  }
}
