import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { DeadLetterNode, LogicalPlan, SinkNode, SourceNode } from './logical-plan.ts';

const text = { kind: 'string', nullable: true } as const;
const time = { kind: 'timestamp_ltz', precision: 3, nullable: true } as const;

/** One row per record that could not be decoded: why, where it stood, and its bytes (base64 when they are not UTF-8 text). */
export const DEAD_LETTER_SCHEMA: Schema = {
  fields: [
    { name: 'error_code', type: text },
    { name: 'error', type: text },
    { name: 'source_table', type: text },
    { name: 'source', type: text },
    { name: 'split', type: text },
    { name: 'position', type: text },
    { name: 'record_key', type: text },
    { name: 'record', type: text },
    { name: 'record_encoding', type: text },
    { name: 'rejected_at', type: time },
  ] satisfies { name: string; type: DataType }[],
};

/**
 * Gives every source that decodes records (it has a format) a dead-letter output into `topic`: on its own cluster when it
 * reads Kafka, else on the platform's, whose brokers are filled in as for any Kafka table that names none. Pure.
 */
export function withDeadLetterTopic(plan: LogicalPlan, topic: string): LogicalPlan {
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source' && hasFormat(node));
  return { ...plan, nodes: [...plan.nodes, ...sources.flatMap((source) => deadLetterOf(source, topic))] };
}

function hasFormat({ options }: SourceNode): boolean {
  return Object.keys(options).some((name) => name === 'format' || name === 'value.format');
}

function deadLetterOf(source: SourceNode, topic: string): [DeadLetterNode, SinkNode] {
  const id = `${source.id}-rejected` as OperatorId;
  const isOfCluster = (name: string) => name === 'connection' || name.startsWith('properties.');
  const connection =
    source.connector === 'kafka' ? Object.entries(source.options).filter(([name]) => isOfCluster(name)) : [];
  return [
    { kind: 'dead-letter', id, label: `${source.table}: rejected`, schema: DEAD_LETTER_SCHEMA, input: source.id },
    {
      kind: 'sink',
      id: `${source.id}-dead-letter` as OperatorId,
      label: topic,
      schema: DEAD_LETTER_SCHEMA,
      input: id,
      table: topic,
      connector: 'kafka',
      options: { ...Object.fromEntries(connection), connector: 'kafka', topic, format: 'json' },
    },
  ];
}
