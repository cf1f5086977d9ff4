import type { Committer, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import { type Guarantee, type Schema, StreamError } from '@millrace/model';
import { KafkaClient } from './client.ts';
import { KafkaCommitter } from './committer.ts';
import type { KafkaSinkTable } from './table.ts';
import { KafkaWriter } from './writer.ts';

export class KafkaSink implements Sink {
  readonly guarantee: Guarantee = 'exactly-once';
  readonly #table: KafkaSinkTable;
  readonly #schema: Schema;

  constructor(table: KafkaSinkTable, schema: Schema) {
    this.#table = table;
    this.#schema = schema;
  }

  /** The topics exist afterwards, made with `sink.partitions` partitions when they did not. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { topics, partitions } = this.#table;
    const client = new KafkaClient(this.#table.connection, 'prepare');
    try {
      await client.open([], signal);
      for (const topic of topics) {
        try {
          await client.open([topic], signal);
        } catch (error) {
          if (!(error instanceof StreamError) || error.code !== 'kafka.topic-missing') throw error;
          await client.createTopic(topic, partitions, signal);
        }
      }
    } finally {
      await client.close();
    }
  }

  createWriter(context: WriterContext): Promise<SinkWriter> {
    return KafkaWriter.open(this.#table, this.#schema, context);
  }

  createCommitter(context: Omit<WriterContext, 'subtask'>): Promise<Committer> {
    return KafkaCommitter.open(this.#table, context);
  }
}
