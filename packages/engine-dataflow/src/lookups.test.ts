import type { DataType } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import type { LogicalNode, LogicalPlan } from '@millrace/plan';
import { unreachable } from '@millrace/testing/lookup-table';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, events, expectedCounts, JobHarness } from './testing/harness.ts';
import { COUNT, EVENTS, id } from './testing/job.ts';

const SPLITS = 3;
const PER_SPLIT = 300;
const ALL = Array.from({ length: SPLITS }, (_, split) => events(split * PER_SPLIT, PER_SPLIT)).flat();
const string: DataType = { kind: 'string', nullable: true };
const COLUMNS = [
  { name: 'user', type: string },
  { name: 'name', type: string },
];

const LOOKUP: LogicalNode = {
  kind: 'lookup-join',
  id: id('lookup'),
  label: 'LOOKUP JOIN names',
  schema: { fields: [...EVENTS.fields, ...COLUMNS], eventTime: 2 },
  input: id('mark'),
  type: 'inner',
  table: 'names',
  connector: 'lookup',
  options: { table: 'names' },
  columns: COLUMNS,
  keys: [1],
  tableKeys: [0],
  condition: undefined,
};

/** The counting job with a lookup before its windows: only users that have a name are counted. */
const LOOKED_UP: LogicalPlan = {
  nodes: COUNT.nodes.flatMap((node): readonly LogicalNode[] =>
    node.kind === 'window-aggregate' ? [LOOKUP, { ...node, input: LOOKUP.id }] : [node],
  ),
};
const EXPECTED = expectedCounts(ALL.filter(([, user]) => Number(user.split(' ')[1]) % 2 === 0));

let job: JobHarness;

beforeEach(() => {
  job = new JobHarness(createOperator);
  for (let split = 0; split < SPLITS; split++) job.events.append(`s${split}`, events(split * PER_SPLIT, PER_SPLIT));
  job.copy.delay = () => job.clock.sleep(8, new AbortController().signal);
});
afterEach(() => job.close());

/** Answers that take their time, each another. */
function lateAnswers(random: SeededRandom): void {
  job.names.onRequest = (signal) => job.clock.sleep(random.integer(12), signal);
}

describe('a job that looks rows up', () => {
  it.each([1, 2, 3, 4, 5])('counts every row once though tasks fail with requests in flight, seed %s', async (seed) => {
    const random = new SeededRandom(seed);
    lateAnswers(random);
    let faults = 6;
    job.events.onRow = () => {
      if (faults > 0 && random.next() < 0.006) {
        faults--;
        throw new Error('planned fault');
      }
    };
    expect(await job.settled('the job ends', job.start(LOOKED_UP, undefined).done)).toBe('finished');
    expect(countsOf(job.counts)).toEqual(EXPECTED);
    expect(job.checkpoints.completed.length + job.checkpoints.discarded.length).toBeGreaterThan(0);
  });

  it('goes on from its latest checkpoint when the table was away for longer than requests are made again', async () => {
    const random = new SeededRandom(7);
    let answered = 0;
    let away = 0;
    job.names.retriesMax = 1;
    job.names.onRequest = async (signal) => {
      await job.clock.sleep(random.integer(12), signal);
      if (++answered === 30) away = 8;
      if (away > 0) {
        away--;
        throw unreachable();
      }
    };
    expect(await job.settled('the job ends', job.start(LOOKED_UP, undefined).done)).toBe('finished');
    expect(job.statuses).toContain('restarting');
    expect(countsOf(job.counts)).toEqual(EXPECTED);
  });

  it('does not restart when the table is away for a moment', async () => {
    let requests = 0;
    job.names.onRequest = () => {
      if (++requests % 5 === 0) throw unreachable();
    };
    expect(await job.settled('the job ends', job.start(LOOKED_UP, undefined).done)).toBe('finished');
    expect(job.statuses).not.toContain('restarting');
    expect(countsOf(job.counts)).toEqual(EXPECTED);
  });

  it('stops at once though the table does not answer', async () => {
    job.names.onRequest = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const execution = job.start(LOOKED_UP, undefined);
    await job.until('a request is under way', () => job.names.asked.length > 0);
    await job.settled('the job stops', execution.stop('now'));
    expect(job.names.readers.closed).toBe(job.names.readers.opened);
  });

  it('takes a savepoint with nothing in flight, and a rescaled job goes on from it', async () => {
    lateAnswers(new SeededRandom(11));
    const execution = job.start(LOOKED_UP, undefined);
    await job.until('some requests', () => job.names.asked.length > 5);
    const savepoint = await job.settled('the savepoint', execution.stop('savepoint'));
    expect(savepoint?.subtasks.find(({ operator }) => operator === LOOKUP.id)?.state ?? []).toEqual([]);
    await job.settled('the workers end', job.cluster.close());
    job.settings = { ...job.settings, parallelism: job.settings.parallelism + 1 };
    expect(await job.settled('the job ends', job.start(LOOKED_UP, savepoint).done)).toBe('finished');
    expect(countsOf(job.counts)).toEqual(EXPECTED);
  });
});
