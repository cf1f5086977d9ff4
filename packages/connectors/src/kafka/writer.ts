import { CHANGE, type RecordBatch, selectedCount } from '@millrace/batch';
import type { SinkWriter, WriterContext } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import { withoutReplaced } from '../changes.ts';
import { saysChanges } from '../formats/change-json/change-format.ts';
import { KafkaClient, type TopicPartition } from './client.ts';
import { Partitioner } from './partitioner.ts';
import { Producer, type ProducerIdentity } from './producer.ts';
import { RecordEncoder } from './record-encoder.ts';
import type { KafkaSinkTable } from './table.ts';
import { WriterTransactions } from './writer-transactions.ts';

const NOTHING = new Uint8Array(0);

/**
 * Rows to records. At-least-once: one idempotent producer for the writer's life. Exactly-once: one
 * transaction per checkpoint, begun with the first row after the last one was sealed.
 */
export class KafkaWriter implements SinkWriter {
  readonly #context: WriterContext;
  readonly #client: KafkaClient;
  readonly #encoder: RecordEncoder;
  /** Records say the changes of rows, deletions too. */
  readonly #saysChanges: boolean;
  readonly #routes: ReadonlyMap<string, Route>;
  /** Where everything goes, when there is only one topic. */
  readonly #only: Route | undefined;
  readonly #producer: Producer;
  readonly #transactions: WriterTransactions | undefined;
  readonly #closing = new AbortController();
  #begun = false;

  private constructor(table: KafkaSinkTable, schema: Schema, context: WriterContext, client: KafkaClient) {
    this.#context = context;
    this.#client = client;
    this.#encoder = new RecordEncoder(table.layout, schema);
    this.#saysChanges = saysChanges(table.layout.valueFormat);
    const destinations = table.topics.flatMap((topic) =>
      client.partitionsOf(topic).map((partition) => ({ topic, partition })),
    );
    this.#routes = routesOf(table, destinations, context.subtask);
    this.#only = this.#routes.size === 1 ? this.#routes.get(table.topics[0] ?? '') : undefined;
    const transactions =
      context.guarantee === 'exactly-once'
        ? new WriterTransactions(client, table, destinations, context, this.#closing.signal)
        : undefined;
    this.#transactions = transactions;
    this.#producer = new Producer(client, destinations, async (numbers) => transactions?.include(numbers));
  }

  static async open(table: KafkaSinkTable, schema: Schema, context: WriterContext): Promise<KafkaWriter> {
    const client = new KafkaClient(table.connection, `${context.job}-${context.operator}-${context.subtask}`);
    try {
      await client.open(table.topics, new AbortController().signal);
      return new KafkaWriter(table, schema, context, client);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Rows by key: a row that is about to be replaced is left out, a deleted one becomes a record without a value. Records that say changes are one for each. */
  write(given: RecordBatch): Promise<void> | undefined {
    const batch = this.#saysChanges ? given : withoutReplaced(given);
    if (selectedCount(batch) === 0) return undefined;
    if (!this.#begun) return this.#begin().then(() => this.#append(batch));
    return this.#append(batch);
  }

  async flush(): Promise<void> {
    await this.#producer.flush();
  }

  async prepareCommit(): Promise<readonly unknown[]> {
    if (this.#transactions === undefined) return [];
    await this.#producer.flush();
    const sealed = this.#transactions.seal(this.#producer.firstOffsets);
    this.#begun = false;
    return sealed === undefined ? [] : [sealed];
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the writer is closed'));
    await this.#producer.close();
    await this.#transactions?.abort();
    await this.#client.close();
  }

  async #begin(): Promise<void> {
    const { signal } = this.#closing;
    let identity: ProducerIdentity;
    if (this.#transactions === undefined) {
      const { producerId, producerEpoch } = await this.#client.initProducerId(signal);
      identity = { transactionalId: null, producerId: Number(producerId), producerEpoch };
    } else identity = await this.#transactions.begin();
    this.#producer.begin(identity);
    this.#begun = true;
  }

  #append(batch: RecordBatch): Promise<void> | undefined {
    const values = this.#encoder.values(batch);
    const keys = this.#encoder.keys(batch);
    const timestamps = this.#encoder.timestamps(batch);
    const headersOf = this.#encoder.headers(batch);
    const now = this.#context.clock.now();
    const topicOf = this.#encoder.topics(batch);
    for (const { partitioner } of this.#routes.values()) partitioner.startBatch();
    const keyBytes = keys?.bytes ?? NOTHING;
    let bytes = 0;
    for (let index = 0; index < values.count; index++) {
      const row = batch.selection?.[index] ?? index;
      const keyStart = keys?.starts[index] ?? -1;
      const keyEnd = keys?.ends[index] ?? -1;
      const isGone = !this.#saysChanges && batch.changes?.[row] === CHANGE.delete;
      const valueStart = isGone ? -1 : (values.starts[index] ?? -1);
      const valueEnd = isGone ? -1 : (values.ends[index] ?? -1);
      const eventTime = timestamps?.[row] ?? Number.NaN;
      const timestamp = eventTime >= 0 ? eventTime : now;
      const { partitioner, first } = this.#only ?? this.#routeOf(topicOf?.(row) ?? null);
      const destination = first + partitioner.partitionOf(keyBytes, keyStart, keyEnd);
      const headers = headersOf?.(row);
      this.#producer.append(
        destination,
        timestamp,
        keyBytes,
        keyStart,
        keyEnd,
        values.bytes,
        valueStart,
        valueEnd,
        headers,
      );
      bytes += keyEnd - keyStart + valueEnd - valueStart;
    }
    this.#context.metrics.count('bytes_out_total', bytes);
    this.#producer.schedule();
    return this.#producer.hasRoom ? undefined : this.#producer.waitForRoom();
  }

  #routeOf(topic: string | null): Route {
    const route = topic === null ? undefined : this.#routes.get(topic);
    if (route !== undefined) return route;
    const named = topic === null ? 'no topic (NULL)' : `topic '${topic}'`;
    const message = `a row names ${named}, and the option 'topic' allows ${[...this.#routes.keys()].join(', ')}; list it there, or leave such rows out with WHERE`;
    throw new StreamError('kafka.topic-not-listed', message, { domain: 'user', retry: 'never' });
  }
}

/** The partitions of one topic among the destinations of the writer, from `first` on. */
interface Route {
  readonly partitioner: Partitioner;
  readonly first: number;
}

function routesOf(
  { topics, partitioner }: KafkaSinkTable,
  destinations: readonly TopicPartition[],
  subtask: number,
): ReadonlyMap<string, Route> {
  return new Map(
    topics.map((topic) => {
      const first = destinations.findIndex((each) => each.topic === topic);
      const count = destinations.filter((each) => each.topic === topic).length;
      const places = Array.from({ length: count }, (_, at) => at);
      return [topic, { partitioner: new Partitioner(partitioner, places, subtask), first }];
    }),
  );
}
