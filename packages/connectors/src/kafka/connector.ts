import type { Connector } from '@millrace/contracts';
import { KAFKA } from './options.ts';
import { KafkaSink } from './sink.ts';
import { KafkaSource } from './source.ts';
import { parseSinkTable, parseSourceTable } from './table.ts';

/** Topics of an Apache Kafka cluster, or of anything that speaks its protocol. */
export const kafka: Connector = {
  name: KAFKA.name,
  title: KAFKA.title,
  createSource: (options, schema) => new KafkaSource(parseSourceTable(options, schema), schema),
  createSink: (options, schema) => new KafkaSink(parseSinkTable(options, schema), schema),
};
