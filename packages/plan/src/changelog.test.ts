import type { OperatorId, Schema } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { markInsertOnly } from './changelog.ts';
import type { LogicalNode } from './logical-plan.ts';

const schema: Schema = { fields: [{ name: 'k', type: { kind: 'string', nullable: true } }] };
const ids = (id: string, input: string) => ({ id: id as OperatorId, input: input as OperatorId, label: id, schema });
const count = { name: 'count', arg: undefined, filter: undefined, type: { kind: 'bigint', nullable: false } } as const;
const rank = (id: string, input: string): LogicalNode => ({
  ...ids(id, input),
  kind: 'rank',
  partition: [],
  order: [],
  from: 1,
  to: 3,
  withRank: false,
});

describe('markInsertOnly', () => {
  it('marks exactly the groups and rankings whose input never takes a row back', () => {
    const nodes: LogicalNode[] = [
      { id: 'source' as OperatorId, label: 's', schema, kind: 'source', table: 't', connector: 'c', options: {} },
      rank('first', 'source'),
      rank('second', 'first'),
      { ...ids('group', 'source'), kind: 'group-aggregate', keys: [0], calls: [count] },
      { ...ids('again', 'group'), kind: 'group-aggregate', keys: [0], calls: [count] },
    ];
    const marked = markInsertOnly({ nodes }).nodes.flatMap((node) => ('insertOnly' in node ? [node.id] : []));
    expect(marked).toStrictEqual(['first', 'group']);
  });
});
