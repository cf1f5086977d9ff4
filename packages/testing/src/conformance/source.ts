import { forEachRow, type RecordBatch, valueAt } from '@millrace/batch';
import type { ReaderContext, Source, SourceReader, Split } from '@millrace/contracts';
import type { SplitId } from '@millrace/model';
import { describe, expect, it } from 'vitest';

export interface SourceSubject {
  /** Bounded, and with more than one split. */
  readonly source: Source;
  readonly context: ReaderContext;
  /** How many rows all splits hold together. */
  readonly rows: number;
  close(): Promise<void>;
}

const DEADLINE_MS = 30_000;
const WAIT_MS = 200;

/** Rows as text, by split, in the order they came. */
type Read = Map<SplitId, string[]>;

/** What every bounded `Source` must keep, whatever it reads. Call at the top level of a test file. */
export function sourceConformance(name: string, open: () => Promise<SourceSubject>): void {
  const test = (guarantee: string, run: (subject: SourceSubject) => Promise<void>) =>
    it(guarantee, { timeout: DEADLINE_MS * 2 }, async () => {
      const subject = await open();
      try {
        await run(subject);
      } finally {
        await subject.close();
      }
    });

  describe(`${name} keeps the Source contract`, () => {
    test('the same splits are found again, in the same order, and survive JSON', async ({ source }) => {
      const splits = await source.discover(deadline());
      expect(source.boundedness).toBe('bounded');
      expect(splits.length).toBeGreaterThan(1);
      expect(new Set(splits.map(({ id }) => id)).size).toBe(splits.length);
      expect(await source.discover(deadline())).toEqual(splits);
      expect(throughJson(splits)).toEqual(splits);
    });

    test('every row comes once, in a run of its split, and every split ends', async (subject) => {
      const splits = await subject.source.discover(deadline());
      const { read, finished } = await readAll(subject, splits, 1_000);
      expect(count(read)).toBe(subject.rows);
      expect([...finished].sort()).toEqual(splits.map(({ id }) => id).sort());
    });

    test('a reader restored from its snapshot after every poll returns each row exactly once, in order', async (subject) => {
      const splits = await subject.source.discover(deadline());
      const { read: whole } = await readAll(subject, splits, 1_000);
      const { read: restored } = await readAll(subject, splits, 3, (reader) => throughJson(reader.snapshot()));
      expect(restored).toEqual(whole);
    });

    test('readers that share the splits share the rows', async (subject) => {
      const splits = await subject.source.discover(deadline());
      const { read: whole } = await readAll(subject, splits, 1_000);
      const both: Read = new Map();
      for (const half of [0, 1]) {
        const { read } = await readAll(
          subject,
          splits.filter((_, index) => index % 2 === half),
          5,
        );
        for (const [split, rows] of read) both.set(split, rows);
      }
      expect(both).toEqual(whole);
    });

    test('a reader tells of every open split how far it is, and of no other', async ({ source, context }) => {
      const splits = await source.discover(deadline());
      const reader = source.createReader(context);
      try {
        reader.addSplits(splits);
        while (reader.snapshot().length > 0) {
          expect(reader.progress().map(({ split }) => split)).toEqual(reader.snapshot().map(({ id }) => id));
          await reader.poll(10, WAIT_MS, deadline());
        }
        expect(reader.progress()).toEqual([]);
      } finally {
        await reader.close();
      }
    });

    test('a poll without splits waits and comes back empty; an aborted one ends at once', async ({
      source,
      context,
    }) => {
      const reader = source.createReader(context);
      try {
        const nothing = { batch: undefined, rejected: [], finishedSplits: [] };
        expect(await reader.poll(10, 20, deadline())).toMatchObject(nothing);
        const aborted = new AbortController();
        const polled = reader.poll(10, DEADLINE_MS, aborted.signal);
        aborted.abort(new Error('stop'));
        // Whether it still returns what it had or throws the reason, it does not go on waiting.
        await polled.catch((error: unknown) => expect(error).toMatchObject({ message: 'stop' }));
      } finally {
        await reader.close();
      }
    });
  });
}

/** Reads to the end; with `restore`, every poll is made by a new reader that starts from what it returns. */
async function readAll(
  { source, context }: SourceSubject,
  splits: readonly Split[],
  maxRows: number,
  restore?: (reader: SourceReader) => readonly Split[],
): Promise<{ readonly read: Read; readonly finished: ReadonlySet<SplitId> }> {
  const read: Read = new Map();
  const finished = new Set<SplitId>();
  let reader = source.createReader(context);
  reader.addSplits(splits);
  const signal = deadline();
  try {
    while (finished.size < splits.length) {
      const { batch, finishedSplits } = await reader.poll(maxRows, WAIT_MS, signal);
      if (batch !== undefined) take(batch, read);
      for (const split of finishedSplits) {
        expect(finished.has(split)).toBe(false);
        finished.add(split);
      }
      if (restore === undefined) continue;
      const from = restore(reader);
      await reader.close();
      reader = source.createReader(context);
      reader.addSplits(from);
    }
    return { read, finished };
  } finally {
    await reader.close();
  }
}

function take(batch: RecordBatch, read: Read): void {
  const runs = batch.runs ?? [];
  expect(runs.reduce((at, { from, to }) => (from === at && to > from ? to : Number.NaN), 0)).toBe(batch.rows);
  forEachRow(batch, (row) => {
    const split = runs.find(({ from, to }) => row >= from && row < to)?.split;
    if (split === undefined) return;
    const values = batch.schema.fields.map(({ type }, at) => {
      const column = batch.columns[at];
      return column === undefined ? null : valueAt(column, type, row);
    });
    const text = JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    read.set(split, [...(read.get(split) ?? []), text]);
  });
}

function count(read: Read): number {
  return [...read.values()].reduce((sum, rows) => sum + rows.length, 0);
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const deadline = () => AbortSignal.timeout(DEADLINE_MS);
