import type { RecordBatch } from '@millrace/batch';
import type { CommitOutcome, Committer, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import { describe, expect, it } from 'vitest';

export interface SinkSubject {
  /** Exactly-once, its target empty. */
  readonly sink: Sink;
  /** Of the first attempt's first subtask. */
  readonly context: WriterContext;
  /** Rows that `visible` knows by their numbers, `from` inclusive to `to` exclusive. */
  batch(from: number, to: number): RecordBatch;
  /** The numbers of all rows a reader outside sees, duplicates included, in any order. */
  visible(): Promise<readonly number[]>;
  close(): Promise<void>;
}

const DEADLINE_MS = 30_000;
const COMMITTED: CommitOutcome = { kind: 'committed' };

/** What every two-phase `Sink` must keep, whatever it writes to. Call at the top level of a test file. */
export function sinkConformance(name: string, open: () => Promise<SinkSubject>): void {
  const test = (guarantee: string, run: (bench: Bench) => Promise<void>) =>
    it(guarantee, { timeout: DEADLINE_MS * 2 }, async () => {
      const bench = new Bench(await open());
      try {
        await bench.subject.sink.prepare(deadline());
        await run(bench);
      } finally {
        await bench.close();
      }
    });

  describe(`${name} keeps the two-phase Sink contract`, () => {
    test('nothing is visible before its commit, everything after it', async (bench) => {
      const writer = await bench.writer();
      const first = await bench.seal(writer, 0, 10);
      const second = await bench.seal(writer, 10, 15);
      expect(await bench.visible()).toEqual([]);
      const committer = await bench.committer();
      expect(await bench.commit(committer, first)).toEqual([COMMITTED]);
      expect(await bench.visible()).toEqual(range(0, 10));
      expect(await bench.commit(committer, second)).toEqual([COMMITTED]);
      expect(await bench.visible()).toEqual(range(0, 15));
    });

    test('nothing written makes nothing to commit', async (bench) => {
      const writer = await bench.writer();
      await writer.flush();
      expect(await writer.prepareCommit()).toEqual([]);
      await bench.commit(await bench.committer(), await bench.seal(writer, 0, 3));
      await writer.flush();
      expect(await writer.prepareCommit()).toEqual([]);
      expect(await bench.visible()).toEqual(range(0, 3));
    });

    test('what is sealed survives its writer, and a commit repeated by anybody changes nothing', async (bench) => {
      const writer = await bench.writer();
      const sealed = await bench.seal(writer, 0, 10);
      await writer.close();
      for (const attempt of [1, 1, 2, 3]) {
        const committer = await bench.committer(attempt);
        expect(await bench.commit(committer, sealed)).toEqual([COMMITTED]);
        await committer.close();
      }
      expect(await bench.visible()).toEqual(range(0, 10));
    });

    test('what was not sealed never appears, whether its writer closed or died', async (bench) => {
      const closed = await bench.writer();
      await bench.write(closed, 0, 5);
      await closed.close();
      const dead = await bench.writer({ subtask: 1 });
      await bench.write(dead, 5, 10);
      const next = await bench.committer(2);
      await next.abortLingering({ subtasks: 2, attempt: 2 }, deadline());
      const writers = await Promise.all([0, 1].map((subtask) => bench.writer({ subtask, attempt: 2 })));
      const sealed = await Promise.all(writers.map((writer, at) => bench.seal(writer, 20 + at, 21 + at)));
      await bench.commit(next, sealed.flat());
      expect(await bench.visible()).toEqual([20, 21]);
    });

    test('a new attempt commits what its checkpoint holds and goes on behind it', async (bench) => {
      const writers = await Promise.all([0, 1].map((subtask) => bench.writer({ subtask })));
      const held = (await Promise.all(writers.map((writer, at) => bench.seal(writer, at * 10, at * 10 + 10)))).flat();
      // Sealed for a checkpoint that never became durable: replayed below.
      for (const [at, writer] of writers.entries()) await bench.seal(writer, 20 + at * 10, 30 + at * 10);
      const committer = await bench.committer(2);
      expect(await bench.commit(committer, held)).toEqual(held.map(() => COMMITTED));
      await committer.abortLingering({ subtasks: 2, attempt: 2 }, deadline());
      const writer = await bench.writer({ attempt: 2 });
      expect(await bench.commit(committer, await bench.seal(writer, 20, 40))).toEqual([COMMITTED]);
      expect(await bench.visible()).toEqual(range(0, 40));
    });

    test('fewer writers take over from more', async (bench) => {
      const writers = await Promise.all([0, 1, 2].map((subtask) => bench.writer({ subtask })));
      const held = (await Promise.all(writers.map((writer, at) => bench.seal(writer, at, at + 1)))).flat();
      const committer = await bench.committer(2);
      await bench.commit(committer, held);
      await committer.abortLingering({ subtasks: 3, attempt: 2 }, deadline());
      const writer = await bench.writer({ attempt: 2 });
      await bench.commit(committer, await bench.seal(writer, 3, 6));
      expect(await bench.visible()).toEqual(range(0, 6));
    });
  });
}

/** One sink and everything opened on it. */
class Bench {
  readonly subject: SinkSubject;
  readonly #open: { close(): Promise<void> }[] = [];

  constructor(subject: SinkSubject) {
    this.subject = subject;
  }

  async writer(change: Partial<WriterContext> = {}): Promise<SinkWriter> {
    const writer = await this.subject.sink.createWriter({ ...this.subject.context, ...change });
    this.#open.push(writer);
    return writer;
  }

  async committer(attempt = 1): Promise<Committer> {
    const { subtask: _, ...context } = this.subject.context;
    const committer = await this.subject.sink.createCommitter?.({ ...context, attempt });
    if (committer === undefined) throw new Error('the sink has no committer');
    this.#open.push(committer);
    return committer;
  }

  async write(writer: SinkWriter, from: number, to: number): Promise<void> {
    await writer.write(this.subject.batch(from, to));
    await writer.flush();
  }

  /** The committables as a checkpoint gives them back. */
  async seal(writer: SinkWriter, from: number, to: number): Promise<readonly unknown[]> {
    await this.write(writer, from, to);
    const sealed = await writer.prepareCommit();
    expect(sealed.length).toBeGreaterThan(0);
    return JSON.parse(JSON.stringify(sealed)) as unknown[];
  }

  commit(committer: Committer, sealed: readonly unknown[]): Promise<CommitOutcome[]> {
    return Promise.all(sealed.map((committable) => committer.commit(committable, deadline())));
  }

  async visible(): Promise<number[]> {
    return [...(await this.subject.visible())].sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    for (const each of this.#open.reverse()) await each.close().catch(() => undefined);
    await this.subject.close();
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const deadline = () => AbortSignal.timeout(DEADLINE_MS);
