import type { OperatorId } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { withDeadLetterTopic } from './dead-letter.ts';
import type { SinkNode, SourceNode } from './logical-plan.ts';

function source(connector: string, options: Readonly<Record<string, string>>): SourceNode {
  const id = `${connector}-source` as OperatorId;
  return { kind: 'source', id, label: connector, schema: { fields: [] }, table: connector, connector, options };
}

function deadLetterSinks(...sources: readonly SourceNode[]): readonly SinkNode[] {
  const { nodes } = withDeadLetterTopic({ nodes: sources }, 'dead');
  return nodes.filter((node) => node.kind === 'sink');
}

describe('a dead-letter topic', () => {
  it('lies on the cluster the records came from', () => {
    const cluster = { connection: 'shop', 'properties.client.id': 'me' };
    const [sink] = deadLetterSinks(source('kafka', { ...cluster, topic: 'orders', 'value.format': 'csv' }));
    expect(sink?.options).toEqual({ ...cluster, connector: 'kafka', topic: 'dead', format: 'json' });
  });

  it("lies on the platform's cluster for records that came from elsewhere", () => {
    const [sink] = deadLetterSinks(source('filesystem', { path: 'orders', format: 'json' }));
    expect(sink).toMatchObject({ connector: 'kafka', options: { connector: 'kafka', topic: 'dead', format: 'json' } });
    expect(sink?.options).not.toHaveProperty('path');
  });

  it('is not given to sources that decode nothing', () => {
    expect(deadLetterSinks(source('datagen', { 'rows-per-second': '5' }))).toEqual([]);
  });
});
