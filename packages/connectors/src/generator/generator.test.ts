import type { Source } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { expect, test } from 'vitest';
import { datagen } from '../datagen/connector.ts';
import { demo } from '../demo/connector.ts';
import { JsonDecoder } from '../formats/json-decoder.ts';
import { drain, readerContext } from '../testing/contexts.ts';

const NUMBERS: Schema = {
  fields: [
    { name: 'n', type: { kind: 'bigint', nullable: false } },
    { name: 'city', type: { kind: 'string', nullable: true } },
    { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2, nullable: true } },
  ],
};
const TEXT: Schema = {
  fields: [
    { name: 'key', type: { kind: 'string', nullable: true } },
    { name: 'value', type: { kind: 'string', nullable: true } },
  ],
};

function numbers(more: Record<string, string> = {}): Source {
  const options = {
    connector: 'datagen',
    'rows-per-second': '100000',
    'fields.n.kind': 'sequence',
    'fields.city.length': '8',
    'fields.amount.max': '99',
    ...more,
  };
  const made = datagen.createSource?.(options, NUMBERS);
  if (made === undefined) throw new Error('datagen has a source');
  return made;
}

async function all(source: Source, maxRows: number, restart: boolean) {
  let reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(AbortSignal.timeout(5_000)));
  const rows = [];
  while (reader.snapshot().length > 0) {
    rows.push(
      ...(await drain(reader, (drained) => drained.rows.length > 0 || reader.snapshot().length === 0, maxRows)).rows,
    );
    if (!restart) continue;
    const splits = JSON.parse(JSON.stringify(reader.snapshot()));
    await reader.close();
    reader = source.createReader(readerContext());
    reader.addSplits(splits);
  }
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]));
}

test('a bounded generator makes each row once, and the same rows when it is restored after every batch', async () => {
  const straight = await all(numbers({ 'number-of-rows': '500' }), 1_000, false);
  const restarted = await all(numbers({ 'number-of-rows': '500' }), 37, true);
  expect(straight.map(([n]) => Number(n))).toEqual(Array.from({ length: 500 }, (_, n) => n));
  expect(restarted).toEqual(straight);
  expect(await all(numbers({ 'number-of-rows': '500', seed: '2' }), 1_000, false)).not.toEqual(straight);
  for (const [, , amount] of straight) expect(Number(amount)).toBeLessThanOrEqual(99);
});

test('a generator that catches up makes no row a second before one that was due earlier', async () => {
  const source = numbers({ 'rows-per-second': '200' });
  const context = readerContext();
  const now = Date.now() + 10 * 60_000;
  const reader = source.createReader({ ...context, clock: { ...context.clock, now: () => now } });
  reader.addSplits(await source.discover(AbortSignal.timeout(5_000)));
  const { rows } = await drain(reader, (drained) => drained.rows.length >= 100_000, 4_096);
  let newest = 0;
  let worst = 0;
  for (const [n] of rows) {
    worst = Math.max(worst, newest - Number(n));
    newest = Math.max(newest, Number(n));
  }
  expect(worst).toBeLessThanOrEqual(200);
});

test('a sequence with an end bounds the source', async () => {
  const rows = await all(numbers({ 'fields.n.start': '10', 'fields.n.end': '14' }), 100, false);
  expect(rows.map(([n]) => Number(n))).toEqual([10, 11, 12, 13, 14]);
});

test('random times have all digits of their type, within the past that is allowed', async () => {
  const at = (name: string, precision: number) => ({
    name,
    type: { kind: 'timestamp', precision, nullable: false } as const,
  });
  const schema = { fields: [at('micros', 6), at('nanos', 9), at('now', 6)] };
  const options = {
    connector: 'datagen',
    'rows-per-second': '100000',
    'number-of-rows': '200',
    'fields.micros.max-past': '10 s',
    'fields.nanos.max-past': '1 ms',
  };
  const source = datagen.createSource?.(options, schema);
  if (source === undefined) throw new Error('datagen has a source');
  const rows = await all(source, 1_000, false);
  expect(rows).toHaveLength(200);
  for (const [micros, nanos, now] of rows.map((row) => row.map((value) => BigInt(String(value))))) {
    const [a = 0n, b = 0n, due = 0n] = [micros, nanos, now];
    expect(due % 1_000n).toBe(0n);
    expect(a <= due && a > due - 10_000_000n).toBe(true);
    expect(b <= due * 1_000n && b > due * 1_000n - 1_000_000n).toBe(true);
  }
  const lastDigits = new Set(rows.map(([, nanos]) => String(nanos).slice(-6)));
  expect(lastDigits.size).toBeGreaterThan(150);
});

test('options that do not fit the columns are refused by name', () => {
  expect(() => numbers({ 'fields.city.kind': 'sequnce' })).toThrow(/did you mean 'sequence'/);
  expect(() => numbers({ 'fields.n.null-rate': '0.5' })).toThrow(/NOT NULL/);
});

const ORDER = [
  { name: 'order_id', type: { kind: 'bigint', nullable: false } },
  { name: 'city', type: { kind: 'string', nullable: false } },
  { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2, nullable: false } },
  { name: 'ts', type: { kind: 'timestamp', precision: 3, nullable: false } },
] as const;

async function demoRows(dataset: string, malformed: string) {
  const options = { connector: 'demo', dataset, 'rows-per-second': '5000', 'malformed-ratio': malformed };
  const source = demo.createSource?.(options, TEXT);
  if (source === undefined) throw new Error('demo has a source');
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(AbortSignal.timeout(5_000)));
  const { rows } = await drain(reader, (drained) => drained.rows.length >= 200);
  await reader.close();
  return rows.map(([key, value]) => ({ key: String(key), value: String(value) }));
}

function decode(values: readonly string[]) {
  const decoder = new JsonDecoder(ORDER, { failOnMissingField: false });
  const failures = values.map((value) => {
    const bytes = new TextEncoder().encode(value);
    const failure = decoder.decode(bytes, 0, bytes.length);
    if (failure === undefined) decoder.accept();
    return failure;
  });
  return { failed: failures.filter((failure) => failure !== undefined).length, columns: decoder.finish() };
}

test('demo orders decode, carry ids beyond 2^53, and payments speak of the same orders', async () => {
  const orders = await demoRows('orders', '0');
  expect(decode(orders.map(({ value }) => value)).failed).toBe(0);
  for (const { key, value } of orders) {
    expect(BigInt(key)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    expect(value).toContain(`"order_id":${key},`);
  }
  const payments = await demoRows('payments', '0');
  const known = new Set(orders.map(({ key }) => key));
  expect(payments.filter(({ key }) => known.has(key)).length).toBeGreaterThan(100);
});

test('the asked share of demo orders is broken in ways a decoder notices', async () => {
  const orders = await demoRows('orders', '0.5');
  const { failed } = decode(orders.map(({ value }) => value));
  expect(failed / orders.length).toBeGreaterThan(0.3);
  expect(failed / orders.length).toBeLessThan(0.7);
});
