import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, events, expectedCounts, idsOf, JobHarness, upTo } from './testing/harness.ts';
import { COUNT, UNION } from './testing/job.ts';

let job = new JobHarness();
beforeEach(() => {
  job = new JobHarness();
});
afterEach(() => job.close());

describe('a bounded job', () => {
  it('reads everything, commits everything and finishes', async () => {
    for (let split = 0; split < 3; split++) job.events.append(`s${split}`, events(split * 200, 200));
    const execution = job.start(COUNT, undefined);
    expect(await job.settled('the job ends', execution.done)).toBe('finished');
    expect(idsOf(job.copy)).toEqual(upTo(600));
    const rows = [...events(0, 200), ...events(200, 200), ...events(400, 200)];
    expect(countsOf(job.counts)).toEqual(expectedCounts(rows));
    expect([...job.copy.open(), ...job.counts.open()]).toEqual([]);
    expect(job.statuses).toEqual(['starting', 'running', 'finished']);
  });

  it('reads both inputs of a union', async () => {
    job.events.append('a', events(0, 100));
    job.more.append('b', events(100, 50));
    expect(await job.settled('the job ends', job.start(UNION, undefined).done)).toBe('finished');
    expect(idsOf(job.copy)).toEqual(upTo(150));
  });
});
