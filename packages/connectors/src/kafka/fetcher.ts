import { errorName, findBatchDefect, isRetriable, RecordBatchView } from '@millrace/kafka-protocol';
import { StreamError } from '@millrace/model';
import { pause } from '../retrying.ts';
import { type KafkaClient, keyOf, partitionMissing } from './client.ts';
import { kafkaError, mayRetry } from './errors.ts';
import { type FetchedPartition, fetchRequest } from './fetch-request.ts';

/** What is known of one partition while it is being read. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to ask the broker for. */
  fetchOffset: number;
  readonly stopOffset: number | undefined;
  highWatermark: number | undefined;
  lastStableOffset: number | undefined;
  /** Fetched and not yet decoded. */
  queuedBytes: number;
}

export interface Chunk {
  readonly state: PartitionState;
  readonly fetched: FetchedPartition;
}

const MAX_WAIT_MS = 500;
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;
const PARTITION_BYTES_MAX = 1024 * 1024;
/** Prefetch of one reader: nothing more is asked for while this much waits to be decoded. */
const QUEUED_BYTES_MAX = 8 * 1024 * 1024;
const RETRY_DELAY_MS = 250;
/** A partition or a broker may be away this long (a rolling restart) before the task fails and the job restarts. */
const TROUBLE_MS_MAX = 30_000;

/**
 * Keeps a bounded amount of fetched bytes ready: one loop, in each round at most one Fetch per broker at a
 * time, over all partitions that want more. Follows leaders. What cannot be mended becomes `failure`.
 */
export class Fetcher {
  readonly chunks: Chunk[] = [];
  failure: StreamError | undefined;
  readonly #client: KafkaClient;
  readonly #partitions = new Map<string, PartitionState>();
  readonly #busy = new Set<number>();
  readonly #closing = new AbortController();
  readonly #onData: () => void;
  #queuedBytes = 0;
  #troubleSince: number | undefined;
  #opened: Set<string> = new Set();
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};

  /** `onData` is called whenever a chunk or a failure appeared. */
  constructor(client: KafkaClient, onData: () => void) {
    this.#client = client;
    this.#onData = onData;
  }

  add(states: readonly PartitionState[]): void {
    for (const state of states) this.#partitions.set(keyOf(state), state);
    if (states.length > 0) this.#running ??= this.#run();
    this.#wake();
  }

  remove(state: PartitionState): void {
    this.#partitions.delete(keyOf(state));
  }

  /** The reader is done with the first chunk. */
  shift(): void {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return;
    const length = chunk.fetched.end - chunk.fetched.start;
    chunk.state.queuedBytes -= length;
    this.#queuedBytes -= length;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.failure === undefined) {
      const round = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        if (await this.#startFetches(signal)) await round;
        else await Promise.race([round, pause(RETRY_DELAY_MS, signal)]);
      } catch (error) {
        await this.#trouble(error, signal);
      }
    }
  }

  /** Whether every wanted partition is being fetched or has a leader; false: look again soon. */
  async #startFetches(signal: AbortSignal): Promise<boolean> {
    const topics = new Set([...this.#partitions.values()].map(({ topic }) => topic));
    if ([...topics].some((topic) => !this.#opened.has(topic))) {
      await this.#client.open([...topics], signal);
      this.#opened = topics;
    }
    const wanted = [...this.#partitions.values()].filter((state) => this.#wants(state));
    const byLeader = new Map<number, PartitionState[]>();
    let complete = true;
    for (const state of wanted) {
      const leader = this.#client.leaderOf(state);
      if (leader === undefined) complete = false;
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), state]);
    }
    if (!complete) {
      await this.#client.refresh();
      this.#noteTrouble(new Error('a partition has no leader'));
    }
    for (const [leader, states] of byLeader) if (!this.#busy.has(leader)) void this.#fetch(leader, states, signal);
    return complete;
  }

  #wants(state: PartitionState): boolean {
    if (state.stopOffset !== undefined && state.fetchOffset >= state.stopOffset) return false;
    return state.queuedBytes < PARTITION_BYTES_MAX && this.#queuedBytes < QUEUED_BYTES_MAX;
  }

  async #fetch(leader: number, states: readonly PartitionState[], signal: AbortSignal): Promise<void> {
    this.#busy.add(leader);
    try {
      const positions = states.map(({ topic, partition, fetchOffset }) => ({ topic, partition, offset: fetchOffset }));
      const limits = { maxWaitMs: MAX_WAIT_MS, maxBytes: RESPONSE_BYTES_MAX, partitionMaxBytes: PARTITION_BYTES_MAX };
      const fetched = await this.#client.exchange(leader, fetchRequest(positions, limits));
      let retriable: number | undefined;
      for (const part of fetched) retriable = this.#accept(part) ?? retriable;
      if (retriable === undefined) this.#troubleSince = undefined;
      else await this.#trouble(new Error(`the leader answered ${errorName(retriable)}`), signal);
    } catch (error) {
      await this.#trouble(error, signal);
    } finally {
      this.#busy.delete(leader);
      this.#wake();
    }
  }

  /** Queues what came; returns an error code that new metadata may mend. */
  #accept(fetched: FetchedPartition): number | undefined {
    const state = this.#partitions.get(keyOf(fetched));
    if (state === undefined) return undefined;
    if (fetched.errorCode !== 0) {
      if (isRetriable(errorName(fetched.errorCode))) return fetched.errorCode;
      throw fetchError(fetched, state.fetchOffset);
    }
    state.highWatermark = fetched.highWatermark;
    state.lastStableOffset = fetched.lastStableOffset;
    const complete = completeBatches(fetched);
    if (complete.end > fetched.start) {
      state.fetchOffset = complete.nextOffset;
      const length = complete.end - fetched.start;
      state.queuedBytes += length;
      this.#queuedBytes += length;
      this.chunks.push({ state, fetched: { ...fetched, end: complete.end } });
    }
    this.#onData();
    return undefined;
  }

  async #trouble(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (!mayRetry(error)) this.#fail(kafkaError(error, 'reading from Kafka'));
    else {
      this.#noteTrouble(error);
      await pause(RETRY_DELAY_MS, signal);
      // A refresh that fails is the same trouble again: the next round meets it.
      await this.#client.refresh().catch((reason: unknown) => this.#noteTrouble(reason));
    }
  }

  #noteTrouble(error: unknown): void {
    this.#troubleSince ??= performance.now();
    if (performance.now() - this.#troubleSince < TROUBLE_MS_MAX) return;
    const missing = [...this.#partitions.values()].find(
      (state) => !this.#client.partitionsOf(state.topic).includes(state.partition),
    );
    this.#fail(missing === undefined ? kafkaError(error, 'reading from Kafka') : partitionMissing(missing));
  }

  #fail(error: StreamError): void {
    this.failure = error;
    this.#onData();
  }
}

/** Where the last whole batch ends and which offset follows it. Bytes that fail their checksum are refused. */
function completeBatches(fetched: FetchedPartition): { readonly end: number; readonly nextOffset: number } {
  let end = fetched.start;
  let nextOffset = -1;
  while (end < fetched.end) {
    const defect = findBatchDefect(fetched.buffer, end, fetched.end);
    if (defect === 'truncated') break;
    if (defect !== undefined) {
      const message = `partition ${fetched.partition} of topic '${fetched.topic}' holds a damaged record batch (${defect}) after offset ${nextOffset - 1}`;
      throw new StreamError('kafka.corrupt', message, { domain: 'external', retry: 'backoff' });
    }
    const batch = new RecordBatchView(fetched.buffer, end);
    end = batch.end;
    nextOffset = batch.lastOffset + 1;
  }
  return { end, nextOffset };
}

function fetchError(fetched: FetchedPartition, offset: number): StreamError {
  const place = `partition ${fetched.partition} of topic '${fetched.topic}'`;
  if (errorName(fetched.errorCode) === 'OFFSET_OUT_OF_RANGE') {
    const message = `offset ${offset} of ${place} is gone (retention deleted it, or the topic was made anew); start the job without its savepoint, and raise retention.ms of the topic`;
    return new StreamError('kafka.offset-out-of-range', message, { domain: 'external', retry: 'never' });
  }
  return kafkaError(Object.assign(new Error(place), { code: fetched.errorCode }), `reading ${place}`);
}
