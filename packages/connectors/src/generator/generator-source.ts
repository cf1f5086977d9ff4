import type { RecordBatch, SplitRun } from '@millrace/batch';
import type {
  Clock,
  ReaderContext,
  Source,
  SourceBatch,
  SourceReader,
  Split,
  SplitProgress,
} from '@millrace/contracts';
import { type SplitId, StreamError } from '@millrace/model';
import { z } from 'zod';
import { pause } from '../retrying.ts';

/** What makes the rows of a generated source: a function of their number. */
export interface RowMaker {
  /** Adds row `sequence` (0, 1, 2, ... over all splits). `dueAt`: the moment it is meant to be made, epoch ms. */
  append(sequence: number, dueAt: number): void;
  finish(runs: readonly SplitRun[]): RecordBatch;
}

export interface GeneratorOptions {
  readonly rowsPerSecond: number;
  /** Undefined: endless. */
  readonly rows: number | undefined;
  readonly createMaker: () => RowMaker;
}

const position = z.object({
  /** Next row of this split; it makes rows lane, lane + LANES, lane + 2 LANES, ... */
  next: z.int().nonnegative(),
  lane: z.int().nonnegative(),
  /** Row n of the source is due `n / rowsPerSecond` after this, epoch ms. */
  startedAt: z.number(),
});
type Position = z.infer<typeof position>;

/** Fixed, whatever the parallelism: a job may be rescaled. */
const LANES = 8;

/** Rows that are overdue come in slices of time: one is not made long before another that was due earlier. */
const SLICE_MS = 1_000;

/**
 * Rows out of nothing, at a rate, paced by the clock. Row n is always the same row, and a split's position
 * is a row number, so a restored reader goes on exactly where it was; after a pause it catches up.
 */
export class GeneratorSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly discoveryIntervalMs = undefined;
  readonly #options: GeneratorOptions;
  readonly #now: () => number;

  constructor(options: GeneratorOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#now = now;
    this.boundedness = options.rows === undefined ? 'unbounded' : 'bounded';
  }

  async discover(): Promise<readonly Split<Position>[]> {
    const startedAt = this.#now();
    return Array.from({ length: LANES }, (_, lane) => ({
      id: `lane-${lane}` as SplitId,
      start: { next: lane, lane, startedAt },
    }));
  }

  createReader(context: ReaderContext): SourceReader {
    return new GeneratorReader(this.#options, context.clock);
  }
}

interface Lane {
  readonly id: SplitId;
  readonly startedAt: number;
  readonly lane: number;
  next: number;
}

const NO_ROWS: Omit<SourceBatch, 'finishedSplits'> = { batch: undefined, rejected: [], bytes: 0 };

class GeneratorReader implements SourceReader {
  readonly #options: GeneratorOptions;
  readonly #clock: Clock;
  readonly #maker: RowMaker;
  readonly #lanes: Lane[] = [];

  constructor(options: GeneratorOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#maker = options.createMaker();
  }

  addSplits(splits: readonly Split[]): void {
    for (const split of splits) this.#lanes.push({ id: split.id, ...parsePosition(split) });
  }

  async poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    signal.throwIfAborted();
    const wait = Math.min(waitMs, this.#untilNextDue());
    if (wait > 0) await pause(wait, signal);
    signal.throwIfAborted();
    const runs: SplitRun[] = [];
    const until = this.#sliceEnd(maxRows);
    let rows = 0;
    for (const lane of this.#lanes) {
      const from = rows;
      rows += this.#fill(lane, maxRows - rows, until);
      if (rows > from) runs.push({ split: lane.id, from, to: rows });
    }
    const finishedSplits = this.#takeFinished();
    return rows === 0
      ? { ...NO_ROWS, finishedSplits }
      : { ...NO_ROWS, batch: this.#maker.finish(runs), finishedSplits };
  }

  snapshot(): readonly Split<Position>[] {
    return this.#lanes.map(({ id, next, lane, startedAt }) => ({ id, start: { next, lane, startedAt } }));
  }

  progress(): readonly SplitProgress[] {
    const now = this.#clock.now();
    return this.#lanes.map((lane) => {
      const due = this.#dueAt(lane, lane.next);
      const lagRecords = due > now ? 0 : Math.floor(((now - due) * this.#options.rowsPerSecond) / 1_000 / LANES) + 1;
      return { split: lane.id, lagRecords, lagMs: Math.max(0, now - due), caughtUp: due > now };
    });
  }

  async onCheckpointComplete(): Promise<void> {}

  async close(): Promise<void> {}

  /** Epoch ms up to which all lanes are filled: what is due, one slice of it and no more rows than wanted, so that no lane runs ahead. */
  #sliceEnd(maxRows: number): number {
    const sliceMs = Math.min(SLICE_MS, (maxRows * 1_000) / this.#options.rowsPerSecond);
    const now = this.#clock.now();
    return Math.min(now, now + this.#untilNextDue() + sliceMs);
  }

  #fill(lane: Lane, maxRows: number, until: number): number {
    let rows = 0;
    while (rows < maxRows && !this.#isFinished(lane)) {
      const dueAt = this.#dueAt(lane, lane.next);
      if (dueAt > until) break;
      this.#maker.append(lane.next, dueAt);
      lane.next += LANES;
      rows++;
    }
    return rows;
  }

  #dueAt(lane: Lane, row: number): number {
    return lane.startedAt + (row * 1_000) / this.#options.rowsPerSecond;
  }

  #untilNextDue(): number {
    const now = this.#clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      if (this.#isFinished(lane)) return 0;
      soonest = Math.min(soonest, this.#dueAt(lane, lane.next) - now);
    }
    return soonest;
  }

  #isFinished({ next }: Lane): boolean {
    return this.#options.rows !== undefined && next >= this.#options.rows;
  }

  #takeFinished(): SplitId[] {
    const finished: SplitId[] = [];
    for (let index = this.#lanes.length - 1; index >= 0; index--) {
      const lane = this.#lanes[index];
      if (lane === undefined || !this.#isFinished(lane)) continue;
      finished.push(lane.id);
      this.#lanes.splice(index, 1);
    }
    return finished;
  }
}

function parsePosition(split: Split): Position {
  const parsed = position.safeParse(split.start);
  if (parsed.success) return parsed.data;
  const message = `the checkpoint holds a position for split '${split.id}' that is not this generator's; start the job without it`;
  throw new StreamError('generator.bad-split', message, { domain: 'internal', retry: 'never' });
}
