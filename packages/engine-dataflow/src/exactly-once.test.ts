import { createOperator } from '@millrace/operators';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, events, expectedCounts, idsOf, JobHarness, upTo } from './testing/harness.ts';
import { COUNT } from './testing/job.ts';
import { createTestOperator } from './testing/operators.ts';

const SPLITS = 3;
const PER_SPLIT = 300;
const ALL = Array.from({ length: SPLITS }, (_, split) => events(split * PER_SPLIT, PER_SPLIT)).flat();

let job = new JobHarness();
beforeEach(() => {
  job = new JobHarness();
  fill();
});
afterEach(() => job.close());

function fill(): void {
  for (let split = 0; split < SPLITS; split++) {
    job.events.append(`s${split}`, events(split * PER_SPLIT, PER_SPLIT));
  }
}

/** Slow enough for many checkpoints: a write takes a few ms of virtual time. */
function slowly(): void {
  job.copy.delay = () => job.clock.sleep(8, new AbortController().signal);
}

async function expectExactAnswer(): Promise<void> {
  expect(idsOf(job.copy)).toEqual(upTo(SPLITS * PER_SPLIT));
  expect(countsOf(job.counts)).toEqual(expectedCounts(ALL));
  expect([...job.copy.open(), ...job.counts.open()]).toEqual([]);
}

/** Throws at the n-th call of a point, for each n given. */
function failAt(...calls: readonly number[]): (point?: unknown) => void {
  let call = 0;
  return () => {
    if (calls.includes(++call)) throw new Error(`planned fault ${call}`);
  };
}

describe('exactly once', () => {
  const sets = { 'test operators': createTestOperator, "the product's operators": createOperator };
  for (const [name, operators] of Object.entries(sets)) {
    for (let seed = 1; seed <= 10; seed++) {
      it(`every event is visible once though tasks fail at random records, ${name}, seed ${seed}`, async () => {
        job = new JobHarness(operators);
        fill();
        const random = new SeededRandom(seed);
        let faults = 6;
        job.events.onRow = () => {
          if (faults > 0 && random.next() < 0.006) {
            faults--;
            throw new Error('planned fault');
          }
        };
        slowly();
        expect(await job.settled('the job ends', job.start(COUNT, undefined).done)).toBe('finished');
        await expectExactAnswer();
      });
    }
  }

  for (const point of ['write', 'prepare', 'before-commit', 'after-commit', 'abort-lingering'] as const) {
    it(`every event is visible once though the sink fails at ${point}`, async () => {
      const fail = point === 'abort-lingering' ? failAt(1, 2) : failAt(3, 7, 12);
      job.copy.onPoint = (reached) => {
        if (reached === point) fail();
      };
      slowly();
      expect(await job.settled('the job ends', job.start(COUNT, undefined).done)).toBe('finished');
      await expectExactAnswer();
      expect(job.statuses.filter((status) => status === 'restarting').length).toBeGreaterThan(0);
    });
  }

  for (const point of ['before-complete', 'after-complete'] as const) {
    it(`every event is visible once though the store of checkpoints fails ${point}`, async () => {
      const fail = failAt(2, 4, 5);
      job.checkpoints.onPoint = (reached) => {
        if (reached === point) fail();
      };
      let rows = 0;
      job.events.onRow = () => {
        if (++rows === 500) throw new Error('planned fault');
      };
      slowly();
      expect(await job.settled('the job ends', job.start(COUNT, undefined).done)).toBe('finished');
      await expectExactAnswer();
    });
  }

  it('a checkpoint whose completion is in doubt is discarded for certain before the job restarts from an older one', async () => {
    slowly();
    let trouble = 0;
    job.checkpoints.onPoint = (reached) => {
      if (reached === 'after-complete' && job.checkpoints.latest?.id === 3) trouble = 3;
      if (reached === 'discard' && trouble > 0 && trouble-- > 1) throw new Error('the database is away');
      if (reached === 'after-complete' && trouble === 3) throw new Error('the answer was lost');
    };
    let rows = 0;
    job.events.onRow = () => {
      if (trouble > 0 && rows++ === 0) throw new Error('planned fault');
    };
    const restoredFrom = () => job.log.flatMap((event) => (event.kind === 'restored' ? [event.id as number] : []));
    const first = job.start(COUNT, undefined);
    await job.until('the restart', () => restoredFrom().length > 0);
    // Had it stayed, a new master would start from output that was aborted here.
    expect(restoredFrom()).not.toContain(3);
    expect(job.checkpoints.completed.map((checkpoint) => checkpoint.id as number)).not.toContain(3);
    expect(await job.settled('the job ends', first.done)).toBe('finished');
    await expectExactAnswer();
  });

  it('every event is visible once though workers are killed one after another', async () => {
    job.copy.abortsOnClose = false;
    job.counts.abortsOnClose = false;
    slowly();
    const execution = job.start(COUNT, undefined);
    for (let kill = 0; kill < 4; kill++) {
      const before = job.checkpoints.latest?.id ?? 0;
      await job.until('a checkpoint', () => (job.checkpoints.latest?.id ?? 0) > before);
      const [first, second] = job.cluster.containers;
      const victim = kill % 2 === 0 ? first : second;
      if (victim !== undefined) job.cluster.killWorker(victim);
    }
    expect(await job.settled('the job ends', execution.done)).toBe('finished');
    await expectExactAnswer();
    expect(job.log.filter((event) => event.kind === 'restored').length).toBeGreaterThanOrEqual(3);
  });

  for (const point of ['before-commit', 'after-commit'] as const) {
    it(`every event is visible once though master and workers die ${point}, and a new master restores`, async () => {
      job.copy.abortsOnClose = false;
      job.counts.abortsOnClose = false;
      slowly();
      let hit = false;
      let calls = 0;
      job.copy.onPoint = (reached) => {
        if (reached !== point || hit || ++calls < 3) return;
        hit = true;
        throw new Error('the master dies here');
      };
      job.settings = { ...job.settings, restart: { attemptsMax: 0, delayMs: 0 } };
      const first = job.start(COUNT, undefined);
      // The old master is left behind in the middle of its commit: it never gets to settle anything.
      await job.until('the fault', () => hit);
      const old = job.cluster;
      job.settings = { ...job.settings, restart: { attemptsMax: 20, delayMs: 10 } };
      const second = job.start(COUNT, job.checkpoints.latest);
      expect(await job.settled('the job ends', second.done)).toBe('finished');
      await expectExactAnswer();
      await job.settled(
        'the old master ends',
        first.done.catch(() => {}),
      );
      await job.settled('its workers end', old.close());
    });
  }
});
