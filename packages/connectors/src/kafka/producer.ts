import { errorName, isRetriable, RecordBatchWriter, type RecordHeader } from '@millrace/kafka-protocol';
import { StreamError } from '@millrace/model';
import { pause } from '../retrying.ts';
import type { KafkaClient, TopicPartition } from './client.ts';
import { KafkaAnswer, kafkaError, mayRetry } from './errors.ts';
import { type ProducePart, produceRequest } from './produce-request.ts';

/** Under which id batches are written. A new identity starts every sequence at 0. */
export interface ProducerIdentity {
  readonly transactionalId: string | null;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A sealed batch that is not acknowledged yet. Its bytes, sequence included, never change: a retry is the same batch. */
interface Outgoing extends TopicPartition {
  readonly destination: number;
  readonly writer: RecordBatchWriter;
  readonly bytes: Buffer;
}

const BATCH_BYTES_MAX = 512 * 1024;
const BATCH_RECORDS_MAX = 16_384;
/** Buffered and unacknowledged bytes of one writer; `hasRoom` is false beyond. */
const PENDING_BYTES_MAX = 8 * 1024 * 1024;
const DELIVERY_MS_MAX = 120_000;
const RETRY_DELAY_MS = 100;

/**
 * Idempotent producing of raw record batches (KIP-98): per partition one batch in flight, numbered by us,
 * sent again unchanged until it is acknowledged, so a lost acknowledgement neither loses nor doubles.
 * Records are sent as soon as the line is free; while a round trip is on, the next batches grow.
 */
export class Producer {
  readonly #client: KafkaClient;
  readonly #destinations: readonly TopicPartition[];
  readonly #beforeSend: (destinations: readonly number[]) => Promise<void>;
  readonly #filling = new Map<number, RecordBatchWriter>();
  readonly #ready = new Map<number, RecordBatchWriter[]>();
  readonly #sequences = new Map<number, number>();
  readonly #firstOffsets = new Map<number, number>();
  readonly #pool: RecordBatchWriter[] = [];
  readonly #closing = new AbortController();
  #identity: ProducerIdentity | undefined;
  #pendingBytes = 0;
  #sending: Promise<void> | undefined;
  #scheduled = false;
  #failure: StreamError | undefined;

  /**
   * Where records go is said by a number, of one of `destinations`. `beforeSend` runs before the first batch of each round leaves: transactions register
   * partitions there.
   */
  constructor(
    client: KafkaClient,
    destinations: readonly TopicPartition[],
    beforeSend: (destinations: readonly number[]) => Promise<void>,
  ) {
    this.#client = client;
    this.#destinations = destinations;
    this.#beforeSend = beforeSend;
  }

  /** Only between flushes: nothing may be pending under the old identity. */
  begin(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#sequences.clear();
    this.#firstOffsets.clear();
  }

  /** Offset of the first record each destination got under this identity. */
  get firstOffsets(): ReadonlyMap<number, number> {
    return this.#firstOffsets;
  }

  append(
    destination: number,
    timestampMs: number,
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    headers?: readonly RecordHeader[],
  ): void {
    const size = keyEnd - keyStart + valueEnd - valueStart + (headers === undefined ? 0 : headersSize(headers));
    let writer = this.#filling.get(destination);
    if (writer !== undefined && (writer.count >= BATCH_RECORDS_MAX || writer.sizeBytes + size > BATCH_BYTES_MAX)) {
      this.#complete(destination, writer);
      writer = undefined;
    }
    if (writer === undefined) {
      writer = this.#pool.pop() ?? new RecordBatchWriter();
      this.#filling.set(destination, writer);
    }
    const before = writer.sizeBytes;
    writer.appendSlices(timestampMs, key, keyStart, keyEnd, value, valueStart, valueEnd, headers);
    this.#pendingBytes += writer.sizeBytes - before;
  }

  /** Sends what there is after the current turn of the event loop, unless a round is on. */
  schedule(): void {
    if (this.#scheduled || this.#sending !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  /** Room for more, or a failure that `waitForRoom` will throw. */
  get hasRoom(): boolean {
    return this.#pendingBytes < PENDING_BYTES_MAX && this.#failure === undefined;
  }

  async waitForRoom(): Promise<void> {
    while (this.#pendingBytes >= PENDING_BYTES_MAX && this.#failure === undefined) await this.#start();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when everything appended so far is acknowledged by all replicas. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && this.#hasPending()) await this.#start();
    await this.#sending;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Gives up what is pending. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the writer is closed'));
    await this.#sending;
  }

  #complete(destination: number, writer: RecordBatchWriter): void {
    this.#filling.delete(destination);
    const queue = this.#ready.get(destination);
    if (queue === undefined) this.#ready.set(destination, [writer]);
    else queue.push(writer);
  }

  #hasPending(): boolean {
    return this.#filling.size > 0 || this.#ready.size > 0;
  }

  /** One sender at a time; it goes on until nothing is pending. */
  #start(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    const { signal } = this.#closing;
    try {
      while (this.#hasPending()) {
        signal.throwIfAborted();
        const round = this.#takeRound();
        await this.#beforeSend(round.map(({ destination }) => destination));
        await this.#deliver(round, signal);
        for (const { writer, bytes } of round) this.#release(writer, bytes);
      }
    } catch (error) {
      this.#failure ??= kafkaError(error, `writing to ${this.#shownTopics()}`);
    }
  }

  /** The oldest batch of every destination. */
  #takeRound(): Outgoing[] {
    const round: Outgoing[] = [];
    for (const destination of new Set([...this.#ready.keys(), ...this.#filling.keys()])) {
      const queue = this.#ready.get(destination) ?? [];
      const writer = queue.shift() ?? this.#filling.get(destination);
      if (queue.length === 0) this.#ready.delete(destination);
      if (writer === this.#filling.get(destination)) this.#filling.delete(destination);
      if (writer !== undefined) round.push(this.#seal(destination, writer));
    }
    return round;
  }

  #seal(destination: number, writer: RecordBatchWriter): Outgoing {
    const identity = this.#identity;
    if (identity === undefined) throw new Error('a producer must begin before it sends');
    const baseSequence = this.#sequences.get(destination) ?? 0;
    // Sequences wrap from the largest int32 to 0.
    this.#sequences.set(destination, (baseSequence + writer.count) % 0x8000_0000);
    const bytes = writer.seal({
      producerId: identity.producerId,
      producerEpoch: identity.producerEpoch,
      baseSequence,
      transactional: identity.transactionalId !== null,
    });
    return { destination, ...this.#placeOf(destination), writer, bytes };
  }

  #placeOf(destination: number): TopicPartition {
    const place = this.#destinations[destination];
    if (place === undefined) throw new Error(`destination ${destination} of ${this.#destinations.length}`);
    return { topic: place.topic, partition: place.partition };
  }

  #shownTopics(): string {
    const topics = [...new Set(this.#destinations.map(({ topic }) => `'${topic}'`))];
    return `${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}`;
  }

  #release(writer: RecordBatchWriter, bytes: Buffer): void {
    this.#pendingBytes = this.#hasPending() ? Math.max(0, this.#pendingBytes - bytes.length) : 0;
    writer.reset();
    if (bytes.length <= BATCH_BYTES_MAX) this.#pool.push(writer);
  }

  async #deliver(round: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    let left = round;
    while (left.length > 0) {
      signal.throwIfAborted();
      const [failed, reason] = await this.#sendOnce(left);
      if (failed.length > 0) {
        if (performance.now() - startedAt > DELIVERY_MS_MAX) throw reason;
        await pause(RETRY_DELAY_MS, signal);
        // A refresh that fails is the same trouble again: the next send meets it.
        await this.#client.refresh().catch(() => undefined);
      }
      left = failed;
    }
  }

  /** To every leader at once; gives back what must be sent again, with a reason. Throws what no retry mends. */
  async #sendOnce(outgoing: readonly Outgoing[]): Promise<[failed: Outgoing[], reason: unknown]> {
    const byLeader = new Map<number, Outgoing[]>();
    const failed: Outgoing[] = [];
    let reason: unknown;
    for (const each of outgoing) {
      const leader = this.#client.leaderOf(each);
      if (leader === undefined) failed.push(each);
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), each]);
    }
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, parts]) => {
        try {
          return await this.#exchange(leader, parts);
        } catch (error) {
          if (!mayRetry(error)) throw error;
          reason = error;
          return parts;
        }
      }),
    );
    const left = [...failed, ...answers.flat()];
    if (left.length > 0) reason ??= new KafkaAnswer(5, this.#shownTopics());
    return [left, reason];
  }

  async #exchange(leader: number, parts: readonly Outgoing[]): Promise<Outgoing[]> {
    const request = parts.map(({ topic, partition, bytes }): ProducePart => ({ topic, partition, batch: bytes }));
    const answers = await this.#client.exchange(
      leader,
      produceRequest(request, this.#identity?.transactionalId ?? null),
    );
    return parts.filter(({ destination, topic, partition }) => {
      const answer = answers.find((each) => each.partition === partition && each.topic === topic);
      const name = errorName(answer?.errorCode ?? -1);
      if (answer !== undefined && (name === 'NONE' || name === 'DUPLICATE_SEQUENCE_NUMBER')) {
        if (!this.#firstOffsets.has(destination)) this.#firstOffsets.set(destination, answer.baseOffset);
        return false;
      }
      if (isRetriable(name)) return true;
      throw producerError(answer?.errorCode ?? -1, topic, partition);
    });
  }
}

/** Not less than they take in a record: a name of n UTF-16 units is at most 3n bytes, and two lengths at most 10. */
function headersSize(headers: readonly RecordHeader[]): number {
  return headers.reduce((sum, [key, value]) => sum + key.length * 3 + (value?.length ?? 0) + 10, 0);
}

function producerError(code: number, topic: string, partition: number): StreamError {
  const name = errorName(code);
  const what = `partition ${partition} of topic '${topic}'`;
  if (name === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || name === 'UNKNOWN_PRODUCER_ID') {
    const message = `${what} lost records of this producer (${name}); the job starts again from its last checkpoint`;
    return new StreamError('kafka.sequence-lost', message, { domain: 'external', retry: 'backoff' });
  }
  return kafkaError(new KafkaAnswer(code, what), `writing to ${what}`);
}
