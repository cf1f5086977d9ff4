import type { Connector } from '@millrace/contracts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { KAFKA } from './options.ts';
import { KafkaSink } from './sink.ts';
import { KafkaSource } from './source.ts';
import { parseSinkTable, parseSourceTable } from './table.ts';

/** Topics of an Apache Kafka cluster, or of anything that speaks its protocol. */
export function kafka(network: NetworkPolicy): Connector {
  return {
    name: KAFKA.name,
    title: KAFKA.title,
    createSource: (options, schema, filter) =>
      new KafkaSource(parseSourceTable(options, schema, network), schema, filter),
    createSink: (options, schema) => new KafkaSink(parseSinkTable(options, schema, network), schema),
  };
}
