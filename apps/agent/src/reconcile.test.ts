import type { ContainerLaunch, NodeHeartbeatAnswer } from '@millrace/protocol';
import { expect, it } from 'vitest';
import { type KnownContainer, reconcile, UNKNOWN_GRACE_MS } from './reconcile.ts';

const launch = (id: string): ContainerLaunch => ({ id }) as ContainerLaunch;
const answer = (change: Partial<NodeHeartbeatAnswer>): NodeHeartbeatAnswer => ({
  wanted: [],
  stop: [],
  forget: [],
  ...change,
});
const live = (id: string): KnownContainer => ({ id, ended: false, stopping: false });
const ended = (id: string): KnownContainer => ({ id, ended: true, stopping: false });
const order = { id: 'a', graceMs: 5, reason: 'canceled' };

const cases: readonly [string, NodeHeartbeatAnswer, KnownContainer[], object][] = [
  ['a new container is launched', answer({ wanted: [launch('a')] }), [], { launch: ['a'] }],
  ['one that runs is left alone', answer({ wanted: [launch('a')] }), [live('a')], {}],
  ['one that ended is never launched again', answer({ wanted: [launch('a')] }), [ended('a')], {}],
  ['one that was stopped before it started never starts', answer({ wanted: [launch('a')], stop: [order] }), [], {}],
  ['one to be stopped is stopped', answer({ stop: [order] }), [live('a')], { stop: [order] }],
  ['one that is stopping keeps its deadline', answer({ stop: [order] }), [{ ...live('a'), stopping: true }], {}],
  ['one that ended needs no stop', answer({ stop: [order] }), [ended('a')], {}],
  [
    'one that nobody knows is stopped',
    answer({}),
    [live('a')],
    { stop: [{ id: 'a', graceMs: UNKNOWN_GRACE_MS, reason: 'the scheduler does not know it' }] },
  ],
  [
    'an ended one is forgotten when told',
    answer({ forget: ['a', 'b', 'c'] }),
    [ended('a'), { ...live('b'), stopping: true }],
    { forget: ['a'] },
  ],
];

it.each(cases)('%s', (_, told, actual, expected) => {
  const { launch: launched, stop, forget } = reconcile(told, actual);
  expect({ launch: launched.map(({ id }) => id), stop, forget }).toEqual({
    launch: [],
    stop: [],
    forget: [],
    ...expected,
  });
});
