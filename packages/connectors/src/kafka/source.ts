import type { ReaderContext, RejectionBudget, Source, SourceReader } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { EARLIEST, KafkaClient, keyOf, LATEST, type TopicPartition } from './client.ts';
import { KafkaReader } from './reader.ts';
import { type KafkaSplit, splitOf } from './split.ts';
import type { KafkaSourceTable } from './table.ts';

/** One split per partition. No consumer group is joined: the engine assigns, positions live in checkpoints. */
export class KafkaSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly discoveryIntervalMs: number | undefined;
  readonly rejectionBudget: RejectionBudget;
  readonly #table: KafkaSourceTable;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;
  #seen: ReadonlySet<string> | undefined;

  constructor(table: KafkaSourceTable, schema: Schema, filter?: SourceFilter) {
    this.#table = table;
    this.#schema = schema;
    this.#filter = filter;
    this.boundedness = table.bounded ? 'bounded' : 'unbounded';
    this.rejectionBudget = table.rejectionBudget;
    this.discoveryIntervalMs = table.discoveryIntervalMs;
  }

  /** Partitions that appear after the first call start at their beginning, whatever the startup mode: nothing of them was ever read. */
  async discover(signal: AbortSignal): Promise<readonly KafkaSplit[]> {
    const client = new KafkaClient(this.#table.connection, 'discovery');
    try {
      const topics = await this.#topics(client, signal);
      const partitions = topics.flatMap((topic) =>
        client.partitionsOf(topic).map((partition) => ({ topic, partition })),
      );
      const seen = this.#seen;
      const fresh = partitions.filter((partition) => seen?.has(keyOf(partition)) === false);
      const starts = new Map([
        ...(await this.#startOffsets(client, partitions, signal)),
        ...(fresh.length === 0 ? [] : await client.offsetsAt(fresh, EARLIEST, signal)),
      ]);
      const stops = this.#table.bounded
        ? await client.offsetsAt(partitions, LATEST, signal)
        : new Map<string, number>();
      this.#seen = new Set(partitions.map(keyOf));
      return partitions.map((partition) =>
        splitOf({ ...partition, offset: starts.get(keyOf(partition)) ?? 0 }, stops.get(keyOf(partition))),
      );
    } finally {
      await client.close();
    }
  }

  createReader(context: ReaderContext): SourceReader {
    return new KafkaReader(this.#table, this.#schema, this.#filter, context);
  }

  /** Those there are now, their partitions known; of a pattern there may be none yet. */
  async #topics(client: KafkaClient, signal: AbortSignal): Promise<readonly string[]> {
    const { topics, topicPattern } = this.#table;
    if (topicPattern === undefined) {
      await client.open(topics, signal);
      return topics;
    }
    await client.open([], signal);
    const matching = (await client.topics(signal)).filter(({ topic }) => topicPattern.test(topic));
    const names = matching.map(({ topic }) => topic);
    if (names.length > 0) await client.open(names, signal);
    return names;
  }

  async #startOffsets(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    const { startup, groupId } = this.#table;
    switch (startup.kind) {
      case 'earliest':
        return client.offsetsAt(partitions, EARLIEST, signal);
      case 'latest':
        return client.offsetsAt(partitions, LATEST, signal);
      case 'group': {
        const earliest = await client.offsetsAt(partitions, EARLIEST, signal);
        if (groupId === undefined) return earliest;
        const committed = await client.committedOffsets(groupId, partitions, signal);
        return new Map([...earliest].map(([key, first]) => [key, Math.max(first, committed.get(key) ?? first)]));
      }
      case 'timestamp': {
        const [found, latest] = await Promise.all([
          client.offsetsAt(partitions, startup.epochMs, signal),
          client.offsetsAt(partitions, LATEST, signal),
        ]);
        // -1: no record that young yet, so the start is the end.
        return new Map([...latest].map(([key, end]) => [key, atLeastZero(found.get(key)) ?? end]));
      }
      case 'specific': {
        const earliest = await client.offsetsAt(partitions, EARLIEST, signal);
        const wanted = partitions.map(
          (partition) =>
            [
              keyOf(partition),
              startup.offsets.get(partition.partition) ?? earliest.get(keyOf(partition)) ?? 0,
            ] as const,
        );
        return new Map(wanted);
      }
    }
  }
}

function atLeastZero(offset: number | undefined): number | undefined {
  return offset === undefined || offset < 0 ? undefined : offset;
}
