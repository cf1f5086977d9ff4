import { DEAD_LETTER_SCHEMA, type LogicalNode } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { planJob } from './planner.ts';
import { COPY, COUNT, EVENTS, id, SETTINGS, UNION } from './testing/job.ts';

function shape(nodes: readonly LogicalNode[]) {
  const planned = planJob(SETTINGS, { nodes });
  if (!planned.ok) return planned.reasons;
  const { vertices, edges } = planned.plan;
  return [
    ...vertices.map(
      (vertex) => `${vertex.id} x${vertex.parallelism}: ${vertex.chain.map((node) => node.id).join(' ')}`,
    ),
    ...edges.map(
      ({ from, fromNode, to, input, partitioning }) =>
        `${from}.${fromNode} -> ${to}#${input} ${JSON.stringify(partitioning)}`,
    ),
  ];
}

describe('planJob', () => {
  it('fuses what needs no exchange into one chain', () => {
    expect(shape(COPY.nodes)).toEqual(['events x2: events copy']);
  });

  it('adds up by key before it cuts, and leaves side branches with their source', () => {
    expect(shape(COUNT.nodes)).toEqual([
      'events x2: events mark count-local copy-filter copy',
      'count x2: count counts',
      'events.count-local -> count#0 {"kind":"hash","keyColumns":[0]}',
    ]);
  });

  it('computes an aggregate in one step where no row crosses to another subtask', () => {
    const planned = planJob({ ...SETTINGS, parallelism: 1 }, COUNT);
    expect(planned.ok && planned.plan.edges.map(({ fromNode }) => fromNode)).toEqual(['mark']);
  });

  it('gives a union one input edge per input', () => {
    expect(shape(UNION.nodes)).toEqual([
      'events x2: events',
      'more x2: more',
      'all x2: all copy',
      'events.events -> all#0 {"kind":"forward"}',
      'more.more -> all#1 {"kind":"forward"}',
    ]);
  });

  it('chains the dead-letter output with its source', () => {
    const nodes: LogicalNode[] = [
      ...COPY.nodes,
      { kind: 'dead-letter', id: id('rejected'), label: 'r', schema: DEAD_LETTER_SCHEMA, input: id('events') },
    ];
    expect(shape(nodes)).toEqual(['events x2: events copy rejected']);
  });

  it('says every reason why it cannot run a plan', () => {
    const strange = {
      kind: 'top-n',
      id: id('t'),
      label: 'best ten',
      schema: EVENTS,
      input: id('events'),
    } as unknown as LogicalNode;
    expect(shape([strange])).toEqual([
      'The dataflow engine cannot run "best ten": it does not know steps of kind top-n.',
      'The plan has no source: nothing would be read.',
      'The plan has no sink: nothing would be written.',
    ]);
    for (const parallelism of [0, 1.5, 129]) {
      expect(planJob({ ...SETTINGS, parallelism }, COPY)).toMatchObject({
        ok: false,
        reasons: [expect.stringContaining('from 1 to 128')],
      });
    }
  });
});
