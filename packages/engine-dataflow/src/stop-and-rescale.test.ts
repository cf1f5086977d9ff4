import { createOperator } from '@millrace/operators';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, events, expectedCounts, idsOf, JobHarness, upTo } from './testing/harness.ts';
import { COPY, COUNT, TOTALS } from './testing/job.ts';
import { createTestOperator } from './testing/operators.ts';

let job = new JobHarness();
beforeEach(() => {
  job = new JobHarness();
  job.events.boundedness = 'unbounded';
});
afterEach(() => job.close());

describe('stop and start again', () => {
  it.each([
    ['test operators', createTestOperator],
    ["the product's operators", createOperator],
  ])(
    'a job stopped with a savepoint and resumed at parallelism 1, 2, 3, 2 gives the answer of one that never stopped, %s',
    async (_, operators) => {
      job = new JobHarness(operators);
      job.events.boundedness = 'unbounded';
      const all = [];
      let from = undefined as Parameters<JobHarness['start']>[1];
      for (const [round, parallelism] of [1, 2, 3, 2].entries()) {
        for (let split = 0; split < 4; split++) {
          const rows = events((round * 4 + split) * 60, 60).map(
            ([n, user, at]) => [n, user, at + round * 30_000] as const,
          );
          all.push(...rows);
          job.events.append(`s${split}`, rows);
        }
        job.settings = { ...job.settings, parallelism };
        const execution = job.start(COUNT, from);
        await job.until('some of it is visible', () => job.copy.visible.length > round * 240);
        from = await job.settled('the savepoint', execution.stop('savepoint'));
        expect(await execution.done).toBe('stopped');
        expect(from?.kind).toBe('savepoint');
        expect(from?.parallelism).toBe(parallelism);
        expect([...job.copy.open(), ...job.counts.open()]).toEqual([]);
        expect(job.statuses.slice(-2)).toEqual(['suspending', 'suspended']);
      }
      job.events.boundedness = 'bounded';
      expect(await job.settled('the job ends', job.start(COUNT, from).done)).toBe('finished');
      expect(idsOf(job.copy)).toEqual(upTo(16 * 60));
      expect(countsOf(job.counts)).toEqual(expectedCounts(all));
    },
  );

  it('an aggregate goes on from a savepoint in two phases where it was in one, and in one where it was in two', async () => {
    job = new JobHarness(createOperator);
    job.events.boundedness = 'unbounded';
    const all: (readonly [bigint, string, number])[] = [];
    let from = undefined as Parameters<JobHarness['start']>[1];
    const phases: number[] = [];
    for (const [round, parallelism] of [1, 2, 1, 2].entries()) {
      for (let split = 0; split < 4; split++) {
        const rows = events((round * 4 + split) * 30, 30);
        all.push(...rows);
        job.events.append(`s${split}`, rows);
      }
      job.settings = { ...job.settings, parallelism };
      const planned = job.engine.plan(job.settings, TOTALS);
      const nodes = planned.ok ? planned.plan.vertices.flatMap(({ chain }) => chain) : [];
      phases.push(nodes.filter(({ kind }) => kind === 'group-aggregate').length);
      const execution = job.start(TOTALS, from);
      await job.until('all of it is visible', () => latestTotals(job).join() === totalsOf(all).join());
      from = await job.settled('the savepoint', execution.stop('savepoint'));
    }
    expect(phases).toEqual([1, 2, 1, 2]);
  });

  it('stop now leaves nothing open outside, and the job resumes from its last checkpoint', async () => {
    job.events.append('s0', events(0, 400));
    job.copy.delay = () => job.clock.sleep(5, new AbortController().signal);
    job.copy.abortsOnClose = false;
    const execution = job.start(COPY, undefined);
    await job.until('two checkpoints', () => (job.checkpoints.latest?.id ?? 0) >= 2);
    expect(await job.settled('stop', execution.stop('now'))).toBeUndefined();
    expect(job.copy.open()).toEqual([]);
    expect(job.statuses.slice(-2)).toEqual(['canceling', 'canceled']);
    expect(job.copy.visible.length).toBeLessThan(400);
    job.events.boundedness = 'bounded';
    expect(await job.settled('the job ends', job.start(COPY, job.checkpoints.latest).done)).toBe('finished');
    expect(idsOf(job.copy)).toEqual(upTo(400));
  });

  it('stop now during a restart delay ends the job', async () => {
    job.settings = { ...job.settings, restart: { attemptsMax: 5, delayMs: 600_000 } };
    job.events.append('s0', events(0, 10));
    job.events.onRow = () => {
      throw new Error('planned fault');
    };
    const execution = job.start(COPY, undefined);
    await job.until('the restart', () => job.statuses.includes('restarting'));
    await job.settled('stop', execution.stop('now'));
    expect(await execution.done).toBe('stopped');
  });

  it('a savepoint on request leaves the job running and is never discarded', async () => {
    job.events.append('s0', events(0, 50));
    const execution = job.start(COPY, undefined);
    await job.until('running', () => job.statuses.includes('running'));
    const savepoint = await job.settled('the savepoint', execution.checkpoint('savepoint'));
    expect(savepoint.kind).toBe('savepoint');
    await job.until('five more', () => (job.checkpoints.latest?.id ?? 0) >= savepoint.id + 5);
    const kept = job.checkpoints.completed;
    expect(kept.filter(({ kind }) => kind === 'checkpoint').length).toBeLessThanOrEqual(3);
    expect(kept.some(({ id }) => id === savepoint.id)).toBe(true);
    expect(job.checkpoints.discarded.length).toBeGreaterThan(0);
  });

  it('a checkpoint is refused while the job does not run', async () => {
    const execution = job.start(COPY, undefined);
    await expect(execution.checkpoint('savepoint')).rejects.toMatchObject({ code: 'checkpoint.not-running' });
  });

  it('a failed savepoint at stop restarts the job, which goes on exactly', async () => {
    job.events.append('s0', events(0, 100));
    const execution = job.start(COPY, undefined);
    await job.until('a checkpoint', () => (job.checkpoints.latest?.id ?? 0) >= 1);
    let fail = true;
    job.checkpoints.onPoint = (point) => {
      if (point === 'before-complete' && fail) {
        fail = false;
        throw new Error('planned fault');
      }
    };
    await expect(job.settled('stop', execution.stop('savepoint'))).rejects.toThrow();
    job.events.append('s0', events(100, 100));
    await job.until('everything is visible', () => job.copy.visible.length >= 200);
    expect(idsOf(job.copy)).toEqual(upTo(200));
    await job.settled('stop', execution.stop('savepoint'));
  });
});

/** By user what was told last: counts only grow. */
function latestTotals({ counts }: JobHarness): string[] {
  const latest = new Map<string, readonly [number, string]>();
  for (const [user, n, ids] of counts.visible) {
    const known = latest.get(String(user))?.[0] ?? 0;
    if (Number(n) >= known) latest.set(String(user), [Number(n), String(ids)]);
  }
  return [...latest].map(([user, [n, ids]]) => `${user}: ${n}, ${ids}`).sort();
}

function totalsOf(rows: readonly (readonly [bigint, string, number])[]): string[] {
  const totals = new Map<string, [number, bigint]>();
  for (const [id, user] of rows) {
    const [n, ids] = totals.get(user) ?? [0, 0n];
    totals.set(user, [n + 1, ids + id]);
  }
  return [...totals].map(([user, [n, ids]]) => `${user}: ${n}, ${ids}`).sort();
}
