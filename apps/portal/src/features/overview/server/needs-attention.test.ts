import type { JobSummary } from '@millrace/database';
import { expect, test } from 'vitest';
import { needsAttention } from './needs-attention.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const ago = (ms: number) => new Date(NOW - ms);
const MINUTE = 60_000;

const job = (name: string, facts: Partial<JobSummary> = {}): JobSummary => ({
  id: name,
  name,
  owner: 'Ada',
  queue: 'root.demo',
  status: 'running',
  statusReason: null,
  waitingReason: null,
  statusAt: ago(90 * MINUTE),
  observedAt: ago(1_000),
  desired: 'running',
  pending: false,
  latestVersion: 1,
  application: null,
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 1,
  metrics: {},
  lastCheckpoint: null,
  createdAt: ago(90 * MINUTE),
  updatedAt: ago(90 * MINUTE),
  ...facts,
});

test('a job that is well, or that nobody wants to run, needs no attention', () => {
  expect(needsAttention([job('well'), job('over', { status: 'finished', observedAt: ago(90 * MINUTE) })], NOW)).toEqual(
    [],
  );
});

test.each([
  [{ status: 'failed', statusReason: 'sink: refused' }, 'error', 'sink: refused'],
  [{ status: 'failed' }, 'error', 'failed without a recorded reason; its events may say more'],
  [{ observedAt: ago(20_000) }, 'warning', 'no word from the job; it may run, but nobody can see it'],
  [{ status: 'restarting', statusReason: 'worker died' }, 'warning', 'restarting: worker died'],
  [{ status: 'submitted', waitingReason: 'the pool is full' }, 'warning', 'waiting: the pool is full'],
  [{ metrics: { checkpoint_age_ms: 7 * MINUTE } }, 'warning', 'no checkpoint for 7 min'],
  [{ metrics: { source_lag_ms: 180 * MINUTE } }, 'warning', '3 h behind its source'],
] as const)('a job with %j is told in one sentence', (facts, severity, reason) => {
  expect(needsAttention([job('ill', facts)], NOW)).toMatchObject([{ severity, reason }]);
});

test('what is worse comes first, and of what is equally bad the newest', () => {
  const jobs = [
    job('old', { status: 'failed', statusAt: ago(80 * MINUTE) }),
    job('late', { metrics: { source_lag_ms: 2 * MINUTE } }),
    job('new', { status: 'failed', statusAt: ago(MINUTE) }),
  ];
  expect(needsAttention(jobs, NOW).map(({ job: name }) => name)).toEqual(['new', 'old', 'late']);
});
