import type { Connector } from '@millrace/contracts';
import type { PreviewMessage, PreviewRequest } from '@millrace/protocol';
import { previewMessageSchema } from '@millrace/protocol';
import { HeapStateBackend } from '@millrace/state';
import { createLogger, MetricRegistry, systemClock } from '@millrace/telemetry';
import { ListTable } from '@millrace/testing/list-source';
import { createUserCode } from '@millrace/user-code';
import { beforeEach, expect, it } from 'vitest';
import { runPreview } from './run-preview.ts';

const schema = { fields: [{ name: 'n', type: { kind: 'bigint', nullable: true } }] } as const;
const log = createLogger({ name: 'test', destination: { write: () => {} } });
let table: ListTable;
let said: PreviewMessage[];

beforeEach(() => {
  table = new ListTable();
  said = [];
});

const node = { id: 'in', label: 'numbers', schema, table: 'numbers', connector: 'list', options: {} };
const sink = { ...node, kind: 'sink', id: 'out', input: 'in', connector: 'preview' };
const plan = { nodes: [{ ...node, kind: 'source' }, sink] };

function preview(request: Partial<PreviewRequest>, signal = new AbortController().signal): Promise<void> {
  const connector: Connector = { name: 'list', title: 'List', createSource: () => table.source(schema) };
  const parts = {
    connectors: new Map([['list', connector]]),
    createOperator: () => {
      throw new Error('this plan has no operator');
    },
    stateBackend: new HeapStateBackend(),
    userCode: createUserCode(),
    clock: systemClock,
    log,
    metrics: new MetricRegistry(systemClock).root,
    send: (message: PreviewMessage) => void said.push(previewMessageSchema.parse(message)),
  };
  return runPreview({ plan, maxRows: 100, maxMs: 5_000, ...request }, parts, signal);
}

const rows = (): unknown[] => said.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
const integers = (count: number): [bigint][] => Array.from({ length: count }, (_, n) => [BigInt(n)]);

it('a bounded input is shown to its end, after the schema', async () => {
  table.append('a', integers(3));
  table.append('b', [[null]]);
  await preview({});
  expect(said[0]).toEqual({ kind: 'schema', columns: [{ name: 'n', type: 'BIGINT' }] });
  expect(rows().sort()).toEqual([[null], ['0'], ['1'], ['2']].sort());
  expect(said.at(-1)).toEqual({ kind: 'end', reason: 'input-ended', recordsRead: 4 });
});

it('no more rows than asked for, however large the input', async () => {
  table.append('a', integers(1_000));
  await preview({ maxRows: 10 });
  expect(rows()).toHaveLength(10);
  expect(said.at(-1)).toMatchObject({ kind: 'end', reason: 'rows' });
});

it('an input without end ends by time', async () => {
  table.boundedness = 'unbounded';
  table.append('a', integers(2));
  await preview({ maxMs: 300 });
  expect(rows()).toHaveLength(2);
  expect(said.at(-1)).toEqual({ kind: 'end', reason: 'time', recordsRead: 2 });
});

it('records that cannot be decoded are counted, with an example', async () => {
  table.append('a', integers(5));
  table.isRejected = ([n]) => n === 1n || n === 3n;
  await preview({});
  expect(rows()).toEqual([['0'], ['2'], ['4']]);
  expect(said.filter(({ kind }) => kind === 'rejected')).toEqual([
    { kind: 'rejected', count: 2, example: expect.stringContaining('a, ') },
  ]);
});

it('when nobody listens any more it ends at once and says nothing', async () => {
  table.boundedness = 'unbounded';
  const canceled = new AbortController();
  const running = preview({ maxMs: 60_000 }, canceled.signal);
  canceled.abort();
  await running;
  expect(said.map(({ kind }) => kind)).toEqual(['schema']);
});

it('a plan that writes somewhere is not previewed', async () => {
  const writes = { nodes: [plan.nodes[0], { ...sink, connector: 'kafka' }] };
  await expect(preview({ plan: writes })).rejects.toMatchObject({ code: 'preview.not-previewable' });
  await expect(preview({ plan: { nodes: [sink] } })).rejects.toMatchObject({ code: 'plan.invalid' });
});
