import { expect, it } from 'vitest';
import { describeEnd, type EndFacts } from './describe-end.ts';

const nothing: EndFacts = {
  waited: undefined,
  exit: undefined,
  stopReason: undefined,
  memoryReason: undefined,
  whileAway: false,
  rebooted: false,
};
const killed = { code: null, signal: 'SIGKILL' };

const cases: readonly [string, Partial<EndFacts>, ReturnType<typeof describeEnd>][] = [
  ['a clean end', { waited: { code: 0, signal: null } }, { status: 'finished', exitCode: 0, reason: null }],
  [
    'a crash',
    { waited: { code: 1, signal: null } },
    { status: 'failed', exitCode: 1, reason: 'ended with exit code 1' },
  ],
  ['kill -9 by somebody', { waited: killed }, { status: 'failed', exitCode: null, reason: 'killed by signal SIGKILL' }],
  [
    'its own last words',
    { waited: { code: 70, signal: null }, exit: { code: 70, reason: 'a newer attempt exists' } },
    { status: 'failed', exitCode: 70, reason: 'a newer attempt exists' },
  ],
  [
    'too much memory',
    { waited: killed, memoryReason: 'memory exceeded: 612 MiB of 512 MiB' },
    { status: 'failed', exitCode: null, reason: 'memory exceeded: 612 MiB of 512 MiB' },
  ],
  [
    'asked to end',
    { waited: killed, stopReason: 'canceled' },
    { status: 'finished', exitCode: null, reason: 'stopped: canceled' },
  ],
  [
    'an orphan with last words',
    { exit: { code: 0, reason: 'done' } },
    { status: 'finished', exitCode: 0, reason: 'done' },
  ],
  [
    'an orphan without',
    { whileAway: true },
    { status: 'failed', exitCode: null, reason: 'ended while the agent was away' },
  ],
  [
    'a reboot',
    { whileAway: true, rebooted: true },
    { status: 'failed', exitCode: null, reason: 'ended when the machine restarted' },
  ],
];

it.each(cases)('%s', (_, facts, expected) => {
  expect(describeEnd({ ...nothing, ...facts })).toEqual(expected);
});
