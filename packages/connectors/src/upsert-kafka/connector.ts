import type { Connector } from '@millrace/contracts';
import { KafkaSink } from '../kafka/sink.ts';
import { parseSinkTable } from '../kafka/table.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption } from '../option/option-values.ts';
import { asKafka, UPSERT_KAFKA } from './options.ts';

/** Kafka topics as tables with a primary key: what Flink calls `upsert-kafka`, as a sink. */
export function upsertKafka(network: NetworkPolicy): Connector {
  return {
    name: UPSERT_KAFKA.name,
    title: UPSERT_KAFKA.title,
    createSink(options, schema) {
      const key = (schema.primaryKey ?? []).flatMap((column) => schema.fields[column]?.name ?? []);
      if (key.length === 0) {
        throw invalidOption('connector', "a table of connector 'upsert-kafka' needs a PRIMARY KEY (...) NOT ENFORCED");
      }
      return new KafkaSink(parseSinkTable(asKafka(options, key), schema, network), schema);
    },
  };
}
