import { BatchBuilder, forEachRow, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { AskedTable, LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { describe, expect, it } from 'vitest';

export interface LookupSubject {
  /** Over the columns of `LOOKUP_SCHEMA`, asked by `LOOKUP_KEYS`; the table holds `LOOKUP_ROWS`. */
  readonly source: AskedTable;
  readonly context: ReaderContext;
  /** The system keeps one row per key: of rows with equal keys it holds the first. */
  readonly isUnique?: boolean;
  close(): Promise<void>;
}

export const LOOKUP_SCHEMA: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: true } },
    { name: 'price', type: { kind: 'decimal', precision: 38, scale: 4, nullable: true } },
    { name: 'name', type: { kind: 'string', nullable: true } },
  ],
};
export const LOOKUP_KEYS: readonly number[] = [0, 1];

const FIRST_BEYOND = 9_007_199_254_740_993n;

/** Two keys that a double cannot tell apart, one key with two rows, keys with NULLs, which nothing equals. */
export const LOOKUP_ROWS: readonly (readonly Value[])[] = [
  [1n, '0.5000', 'one'],
  [1n, '0.5000', 'one again'],
  [FIRST_BEYOND, '1.0000', 'beyond'],
  [FIRST_BEYOND - 1n, '1.0000', 'just before'],
  [-7n, '1234567890123456789012345678901234.5678', 'wide'],
  [-7n, '1234567890123456789012345678901234.5679', 'a little wider'],
  [null, '1.0000', 'nobody'],
  [2n, null, 'nothing'],
  [3n, '3.0000', null],
];

/** A table that is asked by key, not copied. */
export function askedTable(source: LookupSource | undefined): AskedTable {
  if (source?.kind !== 'asked') throw new Error('the table cannot be asked by key');
  return source;
}

const DEADLINE_MS = 30_000;

/** What every table that is asked by key must keep, whatever it is. Call at the top level of a test file. */
export function lookupConformance(name: string, open: () => Promise<LookupSubject>): void {
  const test = (guarantee: string, run: (reader: LookupReader, subject: LookupSubject) => Promise<void>) =>
    it(guarantee, { timeout: DEADLINE_MS }, async () => {
      const subject = await open();
      const reader = subject.source.createReader(subject.context);
      try {
        await run(reader, subject);
      } finally {
        await reader.close();
        await subject.close();
      }
    });

  describe(`${name} keeps the AskedTable contract`, () => {
    test('a key gets all its rows, a key that does not occur none, and every row tells its key', async (reader, {
      isUnique,
    }) => {
      const found = await ask(reader, [
        [99n, '1.0000'],
        [1n, '0.5000'],
        [1n, '0.6000'],
        [3n, '3.0000'],
      ]);
      expect(found).toEqual([[], isUnique === true ? ['one'] : ['one', 'one again'], [], [null]]);
    });

    test('keys are equal when all their digits are', async (reader) => {
      const found = await ask(reader, [
        [FIRST_BEYOND, '1.0000'],
        [FIRST_BEYOND - 1n, '1.0000'],
        [FIRST_BEYOND + 1n, '1.0000'],
        [-7n, '1234567890123456789012345678901234.5678'],
        [-7n, '1234567890123456789012345678901234.5679'],
        [-7n, '1234567890123456789012345678901234.5670'],
      ]);
      expect(found).toEqual([['beyond'], ['just before'], [], ['wide'], ['a little wider'], []]);
    });

    test('what comes back has the columns and types that were asked for', async (reader) => {
      const { rows } = await reader.lookup(keysOf([[-7n, '1234567890123456789012345678901234.5678']]), deadline());
      expect(rows.selection).toBeUndefined();
      expect(rows.schema.fields.map(({ name: column }) => column)).toEqual(['id', 'price', 'name']);
      expect(valuesOf(rows)).toEqual([[-7n, '1234567890123456789012345678901234.5678', 'wide']]);
    });

    test('as many requests as it says may be under way at once, each of as many keys as it says', async (reader, {
      source,
    }) => {
      expect(source.requestsMax).toBeGreaterThanOrEqual(1);
      expect(source.keysMax).toBeGreaterThanOrEqual(1);
      const missing = Array.from({ length: source.keysMax - 1 }, (_, at) => [BigInt(at + 1_000), '1.0000'] as const);
      const requests = Array.from({ length: source.requestsMax }, () => ask(reader, [...missing, [3n, '3.0000']]));
      for (const found of await Promise.all(requests)) {
        expect(found.length).toBe(source.keysMax);
        expect(found.at(-1)).toEqual([null]);
      }
    });

    test('an aborted request ends, and the next one is answered', async (reader) => {
      const aborted = new AbortController();
      const request = reader.lookup(keysOf([[1n, '0.5000']]), aborted.signal);
      aborted.abort(new Error('stop'));
      // It may have been answered already; it does not go on waiting.
      await request.catch(() => undefined);
      expect(await ask(reader, [[3n, '3.0000']])).toEqual([[null]]);
      await expect(reader.lookup(keysOf([[1n, '0.5000']]), AbortSignal.abort(new Error('stop')))).rejects.toThrow();
    });
  });
}

/** The names found for each key; those of one key in any order. */
async function ask(reader: LookupReader, keys: readonly (readonly Value[])[]): Promise<readonly (readonly Value[])[]> {
  const { rows, keyOf } = await reader.lookup(keysOf(keys), deadline());
  expect(keyOf.length).toBe(rows.rows);
  expect([...keyOf].sort((a, b) => a - b)).toEqual([...keyOf]);
  const names = valuesOf(rows).map((row) => row[2] ?? null);
  return keys.map((_, at) => names.filter((__, row) => keyOf[row] === at).sort());
}

function keysOf(keys: readonly (readonly Value[])[]): RecordBatch {
  const fields = LOOKUP_KEYS.flatMap((index) => LOOKUP_SCHEMA.fields[index] ?? []);
  const builder = new BatchBuilder({ fields });
  for (const key of keys) builder.append(key);
  return builder.finish();
}

function valuesOf(batch: RecordBatch): readonly (readonly Value[])[] {
  const values: Value[][] = [];
  forEachRow(batch, (row) => {
    values.push(
      batch.schema.fields.map(({ type }, at) => {
        const column = batch.columns[at];
        return column === undefined ? null : valueAt(column, type, row);
      }),
    );
  });
  return values;
}

const deadline = () => AbortSignal.timeout(DEADLINE_MS);
