import type { ContainerStatus } from '@millrace/model';
import type { NodeHeartbeat } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { decideNode, type KnownContainer } from './node-report.ts';

type Reported = NodeHeartbeat['containers'][number]['status'];

const known = (status: ContainerStatus, rest: Partial<KnownContainer> = {}): KnownContainer => ({
  id: 'c',
  status,
  outdated: false,
  stoppingForMs: 0,
  reason: null,
  ...rest,
});

function decide(row: KnownContainer | undefined, status: Reported | undefined) {
  const report = { id: 'c', pid: 1, startedAt: 1, exitCode: null, reason: null, rssBytes: 1 };
  const { updates, stop, forget, wanted } = decideNode(
    status === undefined ? [] : [{ ...report, status }],
    row === undefined ? [] : [row],
    3_000,
  );
  return { to: updates[0]?.status, stop: stop.length, forget: forget.length, wanted: wanted.length };
}

const NOTHING = { to: undefined, stop: 0, forget: 0, wanted: 0 };

test.each<[string, KnownContainer | undefined, Reported | undefined, object]>([
  ['not claimed yet: offered again', known('allocated'), undefined, { ...NOTHING, wanted: 1 }],
  ['claimed', known('allocated'), 'launching', { ...NOTHING, to: 'launching', wanted: 1 }],
  ['up', known('launching'), 'running', { ...NOTHING, to: 'running', wanted: 1 }],
  ['ended between two heartbeats', known('allocated'), 'failed', { ...NOTHING, to: 'failed', forget: 1 }],
  ['told to stop, still there', known('stopping'), 'running', { ...NOTHING, to: 'stopping', stop: 1 }],
  ['told to stop, ended', known('stopping'), 'finished', { ...NOTHING, to: 'finished', forget: 1 }],
  ['told to stop, its order may be on the way', known('stopping'), undefined, NOTHING],
  [
    'told to stop before the agent heard of it',
    known('stopping', { stoppingForMs: 4_000 }),
    undefined,
    { ...NOTHING, to: 'finished' },
  ],
  ['the agent lost its memory', known('running'), undefined, { ...NOTHING, to: 'lost' }],
  ['given up, yet it lives', known('lost'), 'running', { ...NOTHING, to: 'lost', stop: 1 }],
  ['given up, then its end is reported', known('lost'), 'failed', { ...NOTHING, to: 'failed', forget: 1 }],
  ['recorded before', known('finished'), 'finished', { ...NOTHING, to: 'finished', forget: 1 }],
  [
    'of an attempt that is over',
    known('running', { outdated: true }),
    'running',
    { ...NOTHING, to: 'running', stop: 1 },
  ],
  ['never offered for an attempt that is over', known('allocated', { outdated: true }), undefined, NOTHING],
  ['unknown, running', undefined, 'running', { ...NOTHING, stop: 1 }],
  ['unknown, ended', undefined, 'failed', { ...NOTHING, forget: 1 }],
])('%s', (_, row, report, expected) => {
  expect(decide(row, report)).toEqual(expected);
});
