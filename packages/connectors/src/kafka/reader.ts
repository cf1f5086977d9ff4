import type { SplitRun } from '@millrace/batch';
import type {
  ReaderContext,
  RejectedRecord,
  SourceBatch,
  SourceReader,
  Split,
  SplitProgress,
} from '@millrace/contracts';
import { RecordBatchView, RecordColumns, readRecords } from '@millrace/kafka-protocol';
import { type Schema, type SplitId, StreamError } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { Arrival } from '../arrival.ts';
import type { DecodeFailure } from '../formats/format.ts';
import { KafkaClient, keyOf } from './client.ts';
import { type Chunk, Fetcher, type PartitionState } from './fetcher.ts';
import { RecordDecoder } from './record-decoder.ts';
import type { RecordPlace } from './record-metadata.ts';
import { type KafkaSplit, parseSplit, splitOf } from './split.ts';
import type { KafkaSourceTable } from './table.ts';
import { TransactionFilter } from './transaction-filter.ts';

interface Partition {
  readonly split: SplitId;
  readonly state: PartitionState;
  /** Next offset not yet returned by poll. */
  offset: number;
  /** Of the last record returned, epoch ms. */
  lastTimestamp: number | undefined;
}

/** How far decoding is inside the first chunk of the queue. */
interface Cursor {
  readonly chunk: Chunk;
  readonly filter: TransactionFilter;
  at: number;
  /** The batch at `at` is in the record columns. */
  parsed: boolean;
}

const REJECTED_MAX = 1_000;

/** Decodes what the fetcher holds ready, straight from the bytes of the response into columns. */
export class KafkaReader implements SourceReader {
  readonly #table: KafkaSourceTable;
  readonly #client: KafkaClient;
  readonly #fetcher: Fetcher;
  readonly #context: ReaderContext;
  readonly #decoder: RecordDecoder;
  readonly #records = new RecordColumns();
  readonly #partitions = new Map<string, Partition>();
  /** Of the record that is decoded. */
  readonly #place: RecordPlace = {
    topic: '',
    partition: 0,
    offset: 0,
    timestamp: 0,
    leaderEpoch: -1,
    isAppendTime: false,
    records: this.#records,
    record: 0,
  };
  readonly #arrival = new Arrival();
  #cursor: Cursor | undefined;

  constructor(table: KafkaSourceTable, schema: Schema, filter: SourceFilter | undefined, context: ReaderContext) {
    this.#table = table;
    this.#context = context;
    this.#client = new KafkaClient(table.connection, `${context.owner}-${context.subtask}`);
    this.#decoder = new RecordDecoder(table, schema, filter);
    this.#fetcher = new Fetcher(this.#client, () => this.#arrival.notify());
  }

  addSplits(splits: readonly Split[]): void {
    const added = splits.map((split) => partitionOf(parseSplit(split)));
    for (const partition of added) this.#partitions.set(keyOf(partition.state), partition);
    this.#fetcher.add(added.map(({ state }) => state));
    this.#arrival.notify();
  }

  async poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    await this.#waitForData(waitMs, signal);
    signal.throwIfAborted();
    const { failure } = this.#fetcher;
    const [first] = this.#fetcher.chunks;
    if (failure !== undefined && first === undefined) throw failure;
    const runs: SplitRun[] = [];
    const rejected: RejectedRecord[] = [];
    const buffer = first?.fetched.buffer;
    let bytes = 0;
    this.#decoder.filter?.begin(this.#context.clock.now());
    // One response at a time: the batch's strings are slices of its bytes.
    while (this.#fetcher.chunks[0]?.fetched.buffer === buffer && buffer !== undefined) {
      if (this.#decoder.decoded >= maxRows || rejected.length >= REJECTED_MAX) break;
      bytes += this.#decodeChunk(maxRows, runs, rejected);
    }
    const leftOut = this.#decoder.filter?.takeBatch() ?? 0;
    const batch = runs.length === 0 ? undefined : this.#decoder.finish(runs);
    return { batch, leftOut, rejected, finishedSplits: this.#takeFinished(), bytes };
  }

  snapshot(): readonly KafkaSplit[] {
    return [...this.#partitions.values()].map(({ state, offset }) =>
      splitOf({ topic: state.topic, partition: state.partition, offset }, state.stopOffset),
    );
  }

  progress(): readonly SplitProgress[] {
    return [...this.#partitions.values()].map((partition) => progressOf(partition, this.#context.clock.now()));
  }

  async onCheckpointComplete(splits: readonly Split[]): Promise<void> {
    const { groupId } = this.#table;
    if (groupId === undefined || splits.length === 0) return;
    try {
      await this.#client.commitOffsets(
        groupId,
        splits.map((split) => parseSplit(split).start),
      );
    } catch (error) {
      // Positions live in checkpoints; group offsets are for monitoring only.
      this.#context.log.warn('group offsets were not committed', { groupId, error: String(error) });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#fetcher.close(), this.#client.close()]);
  }

  #waitForData(waitMs: number, signal: AbortSignal): Promise<void> {
    const isReady = () => this.#fetcher.chunks.length > 0 || this.#fetcher.failure !== undefined || this.#hasFinished();
    return this.#arrival.wait(isReady, waitMs, signal);
  }

  /** Decodes the first chunk until it ends or the batch is full; returns the bytes it finished with. */
  #decodeChunk(maxRows: number, runs: SplitRun[], rejected: RejectedRecord[]): number {
    const [chunk] = this.#fetcher.chunks;
    const partition = chunk === undefined ? undefined : this.#partitions.get(keyOf(chunk.state));
    if (chunk === undefined || partition === undefined) {
      this.#fetcher.shift();
      return 0;
    }
    const { fetched } = chunk;
    if (this.#cursor?.chunk !== chunk) {
      this.#cursor = { chunk, filter: new TransactionFilter(fetched.aborted), at: fetched.start, parsed: false };
    }
    const cursor = this.#cursor;
    const from = this.#decoder.rows;
    const startedAt = cursor.at;
    while (cursor.at < fetched.end && this.#decoder.decoded < maxRows && rejected.length < REJECTED_MAX) {
      const batch = new RecordBatchView(fetched.buffer, cursor.at);
      if (!cursor.parsed && !this.#openBatch(cursor, batch, partition)) continue;
      this.#decodeBatch(cursor, batch, partition, maxRows, rejected);
    }
    const run = { split: partition.split, from, to: this.#decoder.rows };
    const leftOut = this.#decoder.filter?.takeRun();
    if (leftOut !== undefined) runs.push({ ...run, leftOut });
    else if (run.to > from) runs.push(run);
    const bytes = cursor.at - startedAt;
    if (cursor.at >= fetched.end) {
      this.#cursor = undefined;
      this.#fetcher.shift();
    }
    return bytes;
  }

  /** Reads the batch's records into columns; false when the whole batch is passed over. */
  #openBatch(cursor: Cursor, batch: RecordBatchView, partition: Partition): boolean {
    const wanted = batch.lastOffset >= partition.offset;
    if (cursor.filter.fateOf(batch) === 'data' && wanted) {
      try {
        readRecords(batch, this.#records);
      } catch (error) {
        const message = `batch at offset ${batch.baseOffset} of ${partition.split} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        throw new StreamError('kafka.unreadable-batch', message, { domain: 'external', retry: 'never', cause: error });
      }
      this.#prepare();
      cursor.parsed = true;
      return true;
    }
    this.#passBatch(cursor, batch, partition);
    return false;
  }

  /** What `decodeRun` looks up is found once per batch. */
  #prepare(): void {
    const { count, bytes, valueStart, valueEnd } = this.#records;
    const start = valueStart.find((value) => value >= 0) ?? -1;
    if (count > 0 && start >= 0) this.#decoder.prepare(bytes, start, valueEnd[count - 1] ?? start);
  }

  #passBatch(cursor: Cursor, batch: RecordBatchView, partition: Partition): void {
    partition.offset = Math.max(partition.offset, batch.lastOffset + 1);
    cursor.at = batch.end;
    cursor.parsed = false;
  }

  #decodeBatch(
    cursor: Cursor,
    batch: RecordBatchView,
    partition: Partition,
    maxRows: number,
    rejected: RejectedRecord[],
  ): void {
    const { count, offsetDelta } = this.#records;
    const { baseOffset } = batch;
    const place = this.#place;
    place.topic = partition.state.topic;
    place.partition = partition.state.partition;
    place.leaderEpoch = batch.leaderEpoch;
    place.isAppendTime = batch.hasLogAppendTime;
    const from = firstAt(offsetDelta, 0, count, partition.offset - baseOffset);
    const end = firstAt(
      offsetDelta,
      from,
      count,
      (partition.state.stopOffset ?? Number.POSITIVE_INFINITY) - baseOffset,
    );
    let index = from;
    while (index < end && this.#decoder.decoded < maxRows && rejected.length < REJECTED_MAX) {
      const limit = Math.min(end, index + maxRows - this.#decoder.decoded);
      index = this.#decodeRun(index, limit);
      // What stopped the run is looked at by itself.
      if (index < limit) this.#decodeOne(index++, batch, partition, rejected);
    }
    if (index > from) {
      partition.offset = baseOffset + (offsetDelta[index - 1] ?? 0) + 1;
      partition.lastTimestamp = this.#timestampOf(index - 1, batch);
    }
    if (index >= end) this.#passBatch(cursor, batch, partition);
  }

  /** The first record it did not decode, or `to`. */
  #decodeRun(from: number, to: number): number {
    if (!this.#decoder.decodesRuns) return from;
    const { bytes, valueStart, valueEnd } = this.#records;
    return this.#decoder.decodeRun(bytes, { starts: valueStart, ends: valueEnd, from, to });
  }

  #decodeOne(index: number, batch: RecordBatchView, partition: Partition, rejected: RejectedRecord[]): void {
    const { bytes, offsetDelta, keyStart, keyEnd, valueStart, valueEnd } = this.#records;
    const value = valueStart[index] ?? -1;
    if (this.#decoder.isSkipped(value)) return;
    const place = this.#place;
    place.offset = batch.baseOffset + (offsetDelta[index] ?? 0);
    place.record = index;
    place.timestamp = this.#timestampOf(index, batch);
    const key = keyStart[index] ?? -1;
    const failure = this.#decoder.decode(bytes, key, keyEnd[index] ?? 0, value, valueEnd[index] ?? 0, place);
    if (failure !== undefined) rejected.push(this.#rejection(failure, partition, index));
  }

  #timestampOf(index: number, batch: RecordBatchView): number {
    return batch.hasLogAppendTime
      ? batch.maxTimestamp
      : batch.baseTimestamp + (this.#records.timestampDelta[index] ?? 0);
  }

  #rejection(failure: DecodeFailure, partition: Partition, index: number): RejectedRecord {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = this.#records;
    const slice = (start = -1, end = 0) => (start < 0 ? undefined : Uint8Array.from(bytes.subarray(start, end)));
    return {
      split: partition.split,
      position: `partition ${this.#place.partition}, offset ${this.#place.offset}`,
      errorCode: failure.code,
      error: failure.message,
      key: slice(keyStart[index], keyEnd[index]),
      value: slice(valueStart[index], valueEnd[index]),
      ...(failure.mayBeIgnored === true ? { mayBeIgnored: true } : {}),
    };
  }

  #hasFinished(): boolean {
    for (const partition of this.#partitions.values()) if (isFinished(partition)) return true;
    return false;
  }

  #takeFinished(): SplitId[] {
    const finished = [...this.#partitions].filter(([, partition]) => isFinished(partition));
    for (const [key, { state }] of finished) {
      this.#partitions.delete(key);
      this.#fetcher.remove(state);
    }
    return finished.map(([, { split }]) => split);
  }
}

function partitionOf({ id, start, stop }: KafkaSplit): Partition {
  const state: PartitionState = {
    topic: start.topic,
    partition: start.partition,
    fetchOffset: start.offset,
    stopOffset: stop?.offset,
    highWatermark: undefined,
    lastStableOffset: undefined,
    queuedBytes: 0,
  };
  return { split: id, state, offset: start.offset, lastTimestamp: undefined };
}

/** The first of the records `from` to `to` at or behind `delta`; offsets ascend. */
function firstAt(offsetDelta: Int32Array, from: number, to: number, delta: number): number {
  let index = from;
  while (index < to && (offsetDelta[index] ?? 0) < delta) index++;
  return index;
}

function isFinished({ state, offset }: Partition): boolean {
  return state.stopOffset !== undefined && offset >= state.stopOffset;
}

function progressOf({ split, state, offset, lastTimestamp }: Partition, now: number): SplitProgress {
  const end = state.stopOffset ?? state.lastStableOffset;
  if (end === undefined) return { split, lagRecords: undefined, lagMs: undefined, caughtUp: false };
  const lagRecords = Math.max(0, end - offset);
  const lagMs = lagRecords === 0 ? 0 : lastTimestamp === undefined ? undefined : Math.max(0, now - lastTimestamp);
  return { split, lagRecords, lagMs, caughtUp: lagRecords === 0 };
}
