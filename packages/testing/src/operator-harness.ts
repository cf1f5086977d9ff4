import {
  CHANGE,
  forEachRow,
  gather,
  type RecordBatch,
  rowNumbers,
  type Value,
  valueAt,
  withSelection,
} from '@millrace/batch';
import type { Collector, ConnectorRegistry, Operator, OperatorContext } from '@millrace/contracts';
import type {
  CheckpointId,
  CheckpointKind,
  KeyGroupRange,
  MetricName,
  OperatorId,
  SplitId,
  StateHandle,
} from '@millrace/model';
import { HeapStateBackend } from '@millrace/state';
import { MemorySnapshots } from './memory-snapshots.ts';
import { nothingOutside } from './nothing-outside.ts';

/** No answer takes longer. */
const SETTLE_MS_MAX = 20_000;

/** What an operator gave out, in order. `change` is the `Change` of the row. */
export type HarnessOutput =
  | { readonly kind: 'row'; readonly row: readonly Value[]; readonly change: number }
  | { readonly kind: 'watermark'; readonly timestamp: number }
  | { readonly kind: 'idle'; readonly idle: boolean };

export interface HarnessOptions {
  /** A fresh operator each time: what it kept in fields must not matter. */
  readonly create: () => Operator;
  /**
   * Snapshot, throw away and restore after every call, as no engine would. False: with `random` the snapshots are taken all the same and one in four is
   * restored, so that what an operator keeps in fields from one call to the next does not keep its writes out of a snapshot.
   */
  readonly restoreAfterEachCall: boolean;
  readonly maxParallelism?: number;
  readonly keyGroups?: KeyGroupRange;
  /** Bits for cutting batches; the same bits cut alike. */
  readonly random?: () => number;
  /** For operators that ask the outside world. */
  readonly connectors?: ConnectorRegistry;
}

/**
 * Drives one operator more cruelly than an engine: batches cut at random places and handed over sometimes dense,
 * sometimes as a selection of a larger batch with junk in between calls; the state written out and read
 * back by the real backend, into a new operator, after every call, as what changed since the call before. Output is collected, never dropped.
 */
export class OperatorHarness {
  readonly output: HarnessOutput[] = [];
  readonly counts = new Map<MetricName, number>();
  now = 1_000_000;
  readonly #options: HarnessOptions;
  readonly #storage = new MemorySnapshots();
  readonly #collector: Collector;
  #operator: Operator;
  #context: OperatorContext | undefined;
  #snapshots = 0;

  private constructor(options: HarnessOptions) {
    this.#options = options;
    this.#operator = options.create();
    this.#collector = {
      emit: (batch) => this.#collect(batch),
      emitWatermark: (timestamp) => this.output.push({ kind: 'watermark', timestamp }),
      emitIdle: (idle) => this.output.push({ kind: 'idle', idle }),
    };
  }

  /** `from`: whose snapshots the handles to restore are of. */
  static async open(
    options: HarnessOptions,
    restore: readonly StateHandle[] = [],
    ...from: readonly OperatorHarness[]
  ) {
    const harness = new OperatorHarness(options);
    for (const { files } of from.map((each) => each.#storage))
      for (const [name, bytes] of files) harness.#storage.files.set(name, bytes);
    await harness.#open(restore);
    return harness;
  }

  /** The batch in random pieces. */
  async process(batch: RecordBatch, input = 0): Promise<void> {
    const rows = batch.selection ?? rowNumbers(batch.rows);
    const random = this.#options.random ?? (() => 1);
    let from = 0;
    do {
      const to = Math.min(rows.length, from + 1 + Math.floor(random() * rows.length));
      const part = rows.slice(from, to);
      const cut = random() < 0.5 && batch.runs === undefined ? gather(batch, part) : withSelection(batch, part);
      await this.call((operator, out) => operator.process(cut, input, out));
      from = to;
    } while (from < rows.length);
  }

  watermark(timestamp: number): Promise<void> {
    return this.call((operator, out) => operator.onWatermark(timestamp, out));
  }

  processingTime(caughtUp: readonly SplitId[]): Promise<void> {
    return this.call((operator, out) => operator.onProcessingTime(this.now, caughtUp, out));
  }

  splits(splits: readonly SplitId[]): Promise<void> {
    return this.call((operator, out) => operator.onSplits?.(splits, out));
  }

  get rows(): readonly (readonly Value[])[] {
    return this.output.flatMap((item) => (item.kind === 'row' ? [item.row] : []));
  }

  get watermarks(): readonly number[] {
    return this.output.flatMap((item) => (item.kind === 'watermark' ? [item.timestamp] : []));
  }

  async call(action: (operator: Operator, out: Collector) => void): Promise<void> {
    action(this.#operator, this.#collector);
    const { restoreAfterEachCall, random } = this.#options;
    // What waits for answers would be settled by a snapshot.
    if (!restoreAfterEachCall && (random === undefined || this.#operator.answers !== undefined)) return;
    const handles = await this.#write('checkpoint');
    if (!restoreAfterEachCall && (random?.() ?? 1) >= 0.25) return;
    await this.#open(handles);
    // So that what the next call changes is written as changes.
    await this.#write('checkpoint');
  }

  /** What waits for answers from outside goes out, as before a barrier. */
  async settle(): Promise<void> {
    this.#operator.flush(this.#collector);
    const { answers } = this.#operator;
    while (answers !== undefined && answers.held > 0) {
      await answers.arrived(AbortSignal.timeout(SETTLE_MS_MAX));
      answers.release(this.#collector);
    }
  }

  async close(): Promise<void> {
    await this.#operator.close();
    this.#context?.state.dispose();
  }

  /** All of the state, by itself. */
  snapshot(): Promise<readonly StateHandle[]> {
    return this.#write('savepoint');
  }

  /** As before a barrier: settle, freeze, write. */
  async #write(kind: CheckpointKind): Promise<readonly StateHandle[]> {
    if (this.#context === undefined) throw new Error('the harness is not open');
    await this.settle();
    const write = this.#context.state.freeze(kind);
    return write(this.#storage.writer(++this.#snapshots as CheckpointId, kind, 1));
  }

  async #open(restore: readonly StateHandle[]): Promise<void> {
    if (this.#context !== undefined) {
      await this.close();
      this.#operator = this.#options.create();
    }
    const maxParallelism = this.#options.maxParallelism ?? 8;
    const keyGroups = this.#options.keyGroups ?? { first: 0, last: maxParallelism - 1 };
    const scope = { operator: 'under-test' as OperatorId, subtask: 0, keyGroups, maxParallelism };
    const descriptors = this.#operator.state;
    const state = await new HeapStateBackend().open({ ...scope, descriptors }, restore, this.#storage.reader);
    this.#context = {
      subtask: 0,
      parallelism: 1,
      keyGroups,
      maxParallelism,
      state,
      metrics: {
        count: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
        gauge: () => {},
        scoped: () => {
          throw new Error('operators do not scope metrics');
        },
      },
      clock: {
        now: () => this.now,
        monotonic: () => this.now,
        // Only requests to the outside world are made again after a while; here the while is over at once.
        sleep: async (ms) => {
          this.now += ms;
        },
      },
      outside: { ...nothingOutside, connectors: this.#options.connectors ?? nothingOutside.connectors },
    };
    this.#operator.open(this.#context);
  }

  #collect(batch: RecordBatch): void {
    forEachRow(batch, (row) => {
      const values = batch.schema.fields.map(({ type }, at): Value => {
        const column = batch.columns[at];
        if (column === undefined) throw new Error(`the output has no column ${at}`);
        return valueAt(column, type, row);
      });
      this.output.push({ kind: 'row', row: values, change: batch.changes?.[row] ?? CHANGE.insert });
    });
  }
}
