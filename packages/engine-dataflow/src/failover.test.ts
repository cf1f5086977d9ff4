import { StreamError } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { DEAD_LETTER_SCHEMA, type LogicalPlan } from '@millrace/plan';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEND_ROWS } from './tasks/output-gate.ts';
import { countsOf, events, idsOf, JobHarness, upTo } from './testing/harness.ts';
import { COPY, COUNT, id, UNION } from './testing/job.ts';

let job = new JobHarness();
beforeEach(() => {
  job = new JobHarness();
  job.events.boundedness = 'unbounded';
});
afterEach(() => job.close());

const failedCheckpoints = () => job.log.filter((event) => event.kind === 'checkpoint-failed');

describe('trouble', () => {
  it('a checkpoint that times out is counted as failed, and its sealed output is committed with the next', async () => {
    job.events.append('s0', events(0, 100));
    job.settings = { ...job.settings, checkpoint: { intervalMs: 100, timeoutMs: 1_000, retainedCount: 2 } };
    const original = job.snapshots.writer.bind(job.snapshots);
    let slow = true;
    job.snapshots.writer = (...args) => {
      const writer = original(...args);
      return {
        write: async (...parts) => {
          const wasSlow = slow;
          slow = false;
          if (wasSlow) await job.clock.sleep(5_000, new AbortController().signal);
          return writer.write(...parts);
        },
      };
    };
    job.start(COUNT, undefined);
    await job.until('everything is visible', () => job.copy.visible.length >= 100);
    expect(failedCheckpoints()).toMatchObject([{ id: 1, reason: expect.stringContaining('no answer within 1000 ms') }]);
    expect(idsOf(job.copy)).toEqual(upTo(100));
    expect(job.statuses).toEqual(['starting', 'running']);
    const { latest } = job.checkpoints;
    expect(latest?.id).toBeGreaterThan(1);
  });

  it('a declined checkpoint leaves the job running; three in a row restart it', async () => {
    job.events.append('s0', events(0, 100));
    let refusals = 4;
    const original = job.snapshots.writer.bind(job.snapshots);
    job.snapshots.writer = (...args) => {
      const writer = original(...args);
      return {
        write: async (...parts) => {
          if (refusals-- > 0) throw new Error('the disk is full');
          return writer.write(...parts);
        },
      };
    };
    job.settings = { ...job.settings, parallelism: 1 };
    job.start(COUNT, undefined);
    await job.until('everything is visible', () => job.copy.visible.length >= 100);
    expect(failedCheckpoints()).toHaveLength(4);
    expect(failedCheckpoints()[0]).toMatchObject({ reason: expect.stringContaining('the disk is full') });
    expect(job.statuses).toEqual(['starting', 'running', 'restarting', 'running']);
    expect(idsOf(job.copy)).toEqual(upTo(100));
  });

  it('output that can no longer be committed fails the job and names it', async () => {
    job.events.append('s0', events(0, 100));
    const execution = job.start(COPY, undefined);
    job.checkpoints.onPoint = (point) => {
      if (point === 'after-complete') for (const open of job.copy.open()) job.copy.abort(open);
    };
    await expect(job.settled('the job ends', execution.done)).rejects.toMatchObject({
      code: 'checkpoint.commit-lost',
      message: expect.stringMatching(/copy\/\d\/\d+\/0/),
    });
    expect(job.statuses.at(-1)).toBe('failed');
  });

  it('a fenced master stops and touches nothing outside', async () => {
    job.events.append('s0', events(0, 100));
    job.copy.abortsOnClose = false;
    const execution = job.start(COPY, undefined);
    await job.until('running', () => job.statuses.includes('running'));
    let aborts = 0;
    job.copy.onPoint = (point) => {
      if (point === 'abort-lingering') aborts++;
    };
    job.checkpoints.store(99);
    await expect(job.settled('the job ends', execution.done)).rejects.toMatchObject({ code: 'checkpoint.fenced' });
    expect(job.copy.visible).toEqual([]);
    expect(aborts).toBe(0);
  });

  it('restarts end with the budget, and an error that will come again is not tried again', async () => {
    job.events.append('s0', events(0, 10));
    job.settings = { ...job.settings, restart: { attemptsMax: 2, delayMs: 10 } };
    job.events.onRow = () => {
      throw new Error('always');
    };
    await expect(job.settled('the job ends', job.start(COPY, undefined).done)).rejects.toThrow('always');
    expect(job.log.filter((event) => event.kind === 'failure')).toHaveLength(3);
    expect(job.statuses).toContain('restarting');
    expect(job.copy.open()).toEqual([]);

    job.events.onRow = () => {
      throw new StreamError('test.never', 'never again', { domain: 'user', retry: 'never' });
    };
    const before = job.log.length;
    await expect(job.settled('the job ends', job.start(COPY, undefined).done)).rejects.toMatchObject({
      code: 'test.never',
    });
    expect(job.log.slice(before).some((event) => event.kind === 'status' && event.status === 'restarting')).toBe(false);
  });

  it('exactly-once into a sink that cannot give it is refused before anything runs', async () => {
    job.copy.guarantee = 'at-least-once';
    await expect(job.settled('the job ends', job.start(COPY, undefined).done)).rejects.toMatchObject({
      code: 'job.guarantee-unsupported',
      message: expect.stringContaining('copy'),
    });
  });

  it('at-least-once loses nothing when tasks fail', async () => {
    job.events.boundedness = 'bounded';
    job.events.append('s0', events(0, 300));
    job.settings = { ...job.settings, guarantee: 'at-least-once' };
    job.copy.guarantee = 'at-least-once';
    let rows = 0;
    job.events.onRow = () => {
      if (++rows % 170 === 0) throw new Error('planned fault');
    };
    job.copy.delay = () => job.clock.sleep(8, new AbortController().signal);
    await job.settled('the job ends', job.start(COPY, undefined).done);
    expect([...new Set(idsOf(job.copy))]).toEqual(upTo(300));
    expect(job.statuses).toContain('restarting');
  });

  it('a slow sink keeps every queue bounded, drops nothing, and barriers still pass', async () => {
    job.events.boundedness = 'bounded';
    for (let split = 0; split < 4; split++) job.events.append(`s${split}`, events(split * 3_000, 3_000, 100));
    job.events.rowsPerPoll = 50;
    job.more.append('m', events(12_000, 100));
    job.copy.delay = () => job.clock.sleep(30, new AbortController().signal);
    job.creditBytes = 300;
    const execution = job.start(UNION, undefined);
    await job.until('checkpoints under load', () => (job.checkpoints.latest?.id ?? 0) >= 3);
    expect(await job.settled('the job ends', execution.done)).toBe('finished');
    expect(idsOf(job.copy)).toEqual(upTo(12_100));
    // Beyond its credit a channel holds what one task gathered before it looked: at most SEND_ROWS and one batch.
    const bound = 300 + (SEND_ROWS + 50) * 3 * 8;
    expect(job.cluster.network.peakBytes).toBeLessThan(bound);
    expect(12_000 * 3 * 8).toBeGreaterThan(bound * 8);
  });

  it('rows that come after their window closed are counted and dropped, with and without failures', async () => {
    for (const fails of [false, true]) {
      job = new JobHarness();
      job.events.boundedness = 'unbounded';
      const onTime = events(0, 300);
      job.events.append('s0', onTime);
      job.events.append(
        's1',
        onTime.map(([n, user, at]) => [n + 300n, user, at] as const),
      );
      const execution = job.start(COUNT, undefined);
      const closed = () => job.counts.visible.length >= 20;
      await job.until('two windows closed', closed);
      if (fails) {
        const [container] = job.cluster.containers;
        if (container !== undefined) job.cluster.killWorker(container);
        await job.until('running again', () => job.statuses.filter((status) => status === 'running').length === 2);
      }
      const answer = countsOf(job.counts);
      job.events.append(
        's0',
        events(600, 5).map(([n, user]) => [n, user, 1_000_001] as const),
      );
      await job.until('the late rows went by', () => job.copy.visible.length >= 605);
      await job.until('the report', () => (execution.report().metrics.late_records_dropped_total ?? 0) >= 5);
      expect(countsOf(job.counts).filter((line) => line.includes('@960000'))).toEqual(
        answer.filter((line) => line.includes('@960000')),
      );
      await job.close();
    }
  });

  it('partitions found later are read, and a restart does not read them twice', async () => {
    job.events.discoveryIntervalMs = 50;
    job.events.append('s0', events(0, 20));
    job.start(COPY, undefined);
    await job.until('the first are visible', () => job.copy.visible.length >= 20);
    job.events.append('s1', events(20, 20));
    await job.until('the next are visible', () => job.copy.visible.length >= 40);
    const [container] = job.cluster.containers;
    if (container !== undefined) job.cluster.killWorker(container);
    job.events.append('s2', events(40, 20));
    await job.until('all are visible', () => job.copy.visible.length >= 60);
    expect(idsOf(job.copy)).toEqual(upTo(60));
    expect(job.events.completed.length).toBeGreaterThan(0);
  });
});

const DEAD: LogicalPlan = {
  nodes: [
    ...COPY.nodes,
    { kind: 'dead-letter', id: id('rejected'), label: 'rejected', schema: DEAD_LETTER_SCHEMA, input: id('events') },
    {
      kind: 'sink',
      id: id('dead'),
      label: 'dead',
      schema: DEAD_LETTER_SCHEMA,
      input: id('rejected'),
      table: 'dead',
      connector: 'store',
      options: { store: 'dead-letters' },
    },
  ],
};

describe('records that cannot be decoded', () => {
  it('go to the dead-letter output exactly once, with their place', async () => {
    job.events.boundedness = 'bounded';
    job.events.append('s0', events(0, 200));
    job.events.isRejected = ([n]) => Number(n) % 50 === 7;
    let rows = 0;
    job.events.onRow = () => {
      if (++rows === 120) throw new Error('planned fault');
    };
    const execution = job.start(DEAD, undefined);
    await job.settled('the job ends', execution.done);
    expect(job.deadLetters.visible.map((row) => row.slice(0, 9))).toEqual(
      [7, 57, 107, 157].map((n) => [
        'list.rejected',
        'the test says so',
        'events',
        'list',
        's0',
        `row ${n}`,
        null,
        String(n),
        'utf-8',
      ]),
    );
    expect(idsOf(job.copy)).toHaveLength(196);
  });

  it('end the job when they are more than the source may put aside', async () => {
    job.events.append('s0', events(0, 2_000));
    job.events.isRejected = ([n]) => Number(n) > 300;
    job.events.rejectionBudget = { maxRate: 0.2, intervalMs: 60_000 };
    await expect(job.settled('the job ends', job.start(DEAD, undefined).done)).rejects.toMatchObject({
      code: 'source.rejection-budget',
      message: expect.stringMatching(/events: \d+ of \d+ records .* the last: the test says so/),
    });
    expect(job.statuses).not.toContain('restarting');
  });

  it('end the job when nobody takes them, and say what to do', async () => {
    job.events.append('s0', events(0, 20));
    job.events.isRejected = ([n]) => n === 7n;
    await expect(job.settled('the job ends', job.start(COPY, undefined).done)).rejects.toMatchObject({
      code: 'source.record-undecodable',
      message: expect.stringMatching(/row 7 of s0.*dead-letter topic/),
    });
    expect(job.statuses).not.toContain('restarting');
  });
});

describe('rows dated far ahead of the clock', () => {
  it('go to the dead-letter output exactly once, with their time, and close no window for others', async () => {
    const real = new JobHarness(createOperator);
    try {
      const now = real.clock.now();
      const far = (n: number) => n % 100 === 5;
      real.events.boundedness = 'bounded';
      real.events.append(
        's0',
        Array.from({ length: 400 }, (_, n) => [BigInt(n), 'user', far(n) ? now + 1e12 : now - 400 + n]),
      );
      let rows = 0;
      real.events.onRow = () => {
        if (++rows === 250) throw new Error('planned fault');
      };
      const [source, ...rest] = COPY.nodes.map((node) =>
        node.kind === 'sink' ? { ...node, input: id('mark') } : node,
      );
      if (source === undefined) throw new Error('the plan has a source');
      const mark = COUNT.nodes.find(({ kind }) => kind === 'watermark');
      const dead = DEAD.nodes.slice(COPY.nodes.length);
      if (mark === undefined) throw new Error('the plan has a watermark');
      const execution = real.start({ nodes: [source, mark, ...rest, ...dead] }, undefined);
      await real.settled('the job ends', execution.done);
      expect(real.statuses).toContain('restarting');
      expect(real.deadLetters.visible.map(([code, , , , split, , , record]) => [code, split, record])).toEqual(
        [5, 105, 205, 305].map((n) => [
          'event-time.too-far-ahead',
          's0',
          `{"id":"${n}","user":"user","at":${now + 1e12}}`,
        ]),
      );
      expect(idsOf(real.copy)).toHaveLength(396);
    } finally {
      await real.close();
    }
  });
});

describe('figures', () => {
  it('say what was read, written and held', async () => {
    job.events.append('s0', events(0, 100));
    const execution = job.start(COUNT, undefined);
    await job.until('two reports', () => (execution.report().metrics.records_in_total ?? 0) >= 100);
    const { graph, metrics } = execution.report();
    expect(graph.vertices.map(({ id: vertex, subtasks }) => [vertex, subtasks.map(({ status }) => status)])).toEqual([
      ['events', ['running', 'running']],
      ['count', ['running', 'running']],
    ]);
    expect(graph.edges).toEqual([{ from: 'events', to: 'count', partitioning: 'hash' }]);
    expect(metrics).toMatchObject({ records_in_total: 100, restarts_total: 0, source_lag_records: 0 });
    expect(metrics.checkpoint_duration_ms).toBeGreaterThan(0);
    expect(metrics.state_size_bytes).toBeGreaterThan(0);
    expect(metrics.watermark).toBe(1_000_000 + 99 * 500 - 5_000);
    const busy = (metrics.busy_ratio ?? 0) + (metrics.idle_ratio ?? 0) + (metrics.backpressure_ratio ?? 0);
    expect(busy).toBeCloseTo(1, 5);
  });

  it('of a job count what its sinks were given, not what its tasks hand on to each other nor dead letters', async () => {
    job.events.append('s0', events(0, 100));
    job.events.isRejected = ([n]) => Number(n) % 50 === 7;
    const execution = job.start({ nodes: [...COUNT.nodes, ...DEAD.nodes.slice(COPY.nodes.length)] }, undefined);
    const sent = () =>
      execution
        .report()
        .graph.vertices.flatMap(({ subtasks }) => subtasks.map(({ metrics }) => metrics.records_out_total ?? 0))
        .reduce((sum, value) => sum + value, 0);
    // 98 to the sink of copies, 98 to the tasks that count, 2 to the sink of dead letters.
    await job.until('all is sent', () => sent() >= 198);
    const { metrics } = execution.report();
    expect(metrics.records_out_total).toBe(98);
    expect(metrics).not.toHaveProperty('records_written_total');
  });
});
