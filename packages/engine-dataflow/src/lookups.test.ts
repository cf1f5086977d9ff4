import { isRetraction } from '@millrace/batch';
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
const bigint: DataType = { kind: 'bigint', nullable: true };
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

/** How many events each user has, and what the table calls them when that is known: counts are replaced as they grow. */
const counted: readonly LogicalNode[] = [
  {
    kind: 'group-aggregate',
    id: id('per-user'),
    label: 'per user',
    schema: { fields: [...EVENTS.fields.slice(1, 2), { name: 'n', type: bigint }] },
    input: id('events'),
    keys: [1],
    calls: [{ name: 'count', arg: undefined, filter: undefined, type: bigint }],
  },
  {
    ...LOOKUP,
    schema: { fields: [...EVENTS.fields.slice(1, 2), { name: 'n', type: bigint }, ...COLUMNS] },
    input: id('per-user'),
    keys: [0],
    rowKey: [0],
  },
];
const COUNTED: LogicalPlan = {
  nodes: COUNT.nodes.flatMap((node): readonly LogicalNode[] => {
    if (node.kind === 'source') return [node, ...counted];
    if (node.kind !== 'sink' || node.id !== id('counts')) return [];
    return [
      {
        ...node,
        schema: { fields: [...EVENTS.fields.slice(1, 2), { name: 'n', type: bigint }, ...COLUMNS] },
        input: LOOKUP.id,
      },
    ];
  }),
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

  it.each([1, 2, 3])(
    'takes back what it gave though tasks fail and the table changes all the time, seed %s',
    async (seed) => {
      const random = new SeededRandom(seed);
      let requests = 0;
      let faults = 6;
      job.names.onRequest = async (signal) => {
        requests++;
        job.names.rows = [0, 2, 4, 6, 8].map((at) => [`user ${at}`, `name ${requests} of ${at}`]);
        await job.clock.sleep(random.integer(12), signal);
      };
      job.counts.keepsChanges = true;
      job.events.onRow = () => {
        if (faults > 0 && random.next() < 0.006) {
          faults--;
          throw new Error('planned fault');
        }
      };
      expect(await job.settled('the job ends', job.start(COUNTED, undefined).done)).toBe('finished');
      expect(job.statuses).toContain('restarting');
      const left = new Map<string, number>();
      for (const row of job.counts.visible) {
        const text = row.slice(0, -1).join(' | ');
        left.set(text, (left.get(text) ?? 0) + (isRetraction(Number(row.at(-1))) ? -1 : 1));
      }
      const rows = [...left].flatMap(([text, count]) =>
        count === 0 ? [] : [`${count} x ${text.replace(/name \d+/, 'name')}`],
      );
      const perUser = (SPLITS * PER_SPLIT) / 10;
      expect(rows.sort()).toEqual(
        [0, 2, 4, 6, 8].map((at) => `1 x user ${at} | ${perUser} | user ${at} | name of ${at}`),
      );
    },
  );

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
