import type { Connector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { KafkaSink } from '../kafka/sink.ts';
import { KafkaSource } from '../kafka/source.ts';
import { parseSinkTable, parseSourceTable } from '../kafka/table.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption } from '../option/option-values.ts';
import { asKafka, UPSERT_KAFKA } from './options.ts';

/** Kafka topics as tables with a primary key: what Flink calls `upsert-kafka`. */
export function upsertKafka(network: NetworkPolicy): Connector {
  return {
    name: UPSERT_KAFKA.name,
    title: UPSERT_KAFKA.title,
    createSource(options, schema) {
      // Rows are only right when every record since the first was seen.
      const fromStart = { ...asKafka(options, keyOf(schema)), 'scan.startup.mode': 'earliest-offset' };
      const table = parseSourceTable(fromStart, schema, network);
      return new KafkaSource({ ...table, layout: byKey(table.layout) }, schema);
    },
    createSink(options, schema) {
      return new KafkaSink(parseSinkTable(asKafka(options, keyOf(schema)), schema, network), schema);
    },
  };
}

/** The columns of the PRIMARY KEY are read from the record key alone: a deletion has nothing else. */
function byKey<Layout extends { readonly key: readonly number[]; readonly value: readonly number[] }>(layout: Layout) {
  return { ...layout, value: layout.value.filter((column) => !layout.key.includes(column)), isUpsert: true };
}

function keyOf(schema: Schema): readonly string[] {
  const key = (schema.primaryKey ?? []).flatMap((column) => schema.fields[column]?.name ?? []);
  if (key.length > 0) return key;
  throw invalidOption('connector', "a table of connector 'upsert-kafka' needs a PRIMARY KEY (...) NOT ENFORCED");
}
