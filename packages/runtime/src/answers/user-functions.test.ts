import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it, vi } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';
import { answerOf, type Input } from '../testing/run-query.ts';

// From source a sandbox starts as slowly as a process does.
vi.setConfig({ testTimeout: 120_000 });

const FUNCTIONS = `
CREATE FUNCTION mask(text STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$
  if (text === null) return 'nobody';
  return text.slice(0, 1) + '*'.repeat(text.length - 1);
$$;
CREATE FUNCTION words(text STRING) RETURNS TABLE(word STRING, size INT) LANGUAGE JAVASCRIPT AS $$
  for (const word of (text ?? '').split(' ')) if (word !== '') yield { word, size: word.length };
$$;
CREATE AGGREGATE FUNCTION total(amount DECIMAL(10, 2), times BIGINT) RETURNS DECIMAL(20, 2) LANGUAGE JAVASCRIPT AS $$
  const cents = (text) => BigInt(text.replace('.', ''));
  export function createAccumulator() { return { cents: 0n }; }
  export function accumulate(held, amount, times) { held.cents += cents(amount) * times; }
  export function retract(held, amount, times) { held.cents -= cents(amount) * times; }
  export function merge(held, other) { held.cents += other.cents; }
  export function getValue(held) {
    const digits = String(held.cents).padStart(3, '0');
    return digits.slice(0, -2) + '.' + digits.slice(-2);
  }
$$;
`;
const TABLE = `CREATE TABLE orders (id BIGINT, name STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'given');`;
const ORDERS: Input = {
  table: 'orders',
  columns: ['id', 'name', 'amount', 'ts'],
  rows: [
    [1n, 'ann lee', '10.00', 1_000],
    [2n, null, '0.01', 2_000],
    [3n, 'bo', '99999999.99', 61_000],
    [2n ** 53n + 1n, 'ann lee', '1.50', 62_000],
  ],
};
const minutes = (kind: string, size: string) =>
  `FROM TABLE(${kind}(TABLE orders, DESCRIPTOR(ts), ${size})) GROUP BY window_start, window_end`;

/** Worked out by hand. */
const QUERIES: readonly (readonly [string, readonly string[]])[] = [
  ['SELECT id, mask(name) FROM orders', ['1 | a******', '2 | nobody', '3 | b*', '9007199254740993 | a******']],
  ["SELECT id FROM orders WHERE mask(name) = 'a******' AND id > 1", ['9007199254740993']],
  ['SELECT mask(name), COUNT(*) FROM orders GROUP BY mask(name)', ['a****** | 2', 'b* | 1', 'nobody | 1']],
  [
    'SELECT id, w.w, size FROM orders, LATERAL TABLE(words(name)) AS w(w, size) WHERE id < 9',
    ['1 | ann | 3', '1 | lee | 3', '3 | bo | 2'],
  ],
  [
    'SELECT id, word FROM orders LEFT JOIN LATERAL TABLE(words(name)) ON TRUE WHERE id < 4',
    ['1 | ann', '1 | lee', '2 | NULL', '3 | bo'],
  ],
  [
    'SELECT word, total(amount, 1) FROM orders CROSS JOIN LATERAL TABLE(words(mask(name))) GROUP BY word',
    ['a****** | 11.50', 'b* | 99999999.99', 'nobody | 0.01'],
  ],
  [
    'SELECT name, total(amount, id) FROM orders GROUP BY name',
    ['NULL | 0.02', 'ann lee | 13510798882111499.50', 'bo | 299999999.97'],
  ],
  // Rows are taken back here, whenever a group grows.
  [
    'SELECT total(m, 1) FROM (SELECT name, MAX(amount) AS m FROM orders GROUP BY name)',
    ['100000010.00'],
  ],
  [
    'SELECT a.id FROM orders AS a JOIN orders AS b ON a.id = b.id AND mask(a.name) = mask(b.name) WHERE a.id < 3',
    ['1', '2'],
  ],
  ["SELECT total(DISTINCT amount, id / 100) FROM (SELECT id, amount FROM orders UNION ALL SELECT id, amount FROM orders)", ['135107988821113.50']],
  ["SELECT total(DISTINCT m, 2) FROM (SELECT name, MAX(amount) AS m FROM orders GROUP BY name)", ['200000020.00']],
  ['SELECT id, total(amount, 1) OVER (ORDER BY ts) FROM orders', ['1 | 10.00', '2 | 10.01', '3 | 100000010.00', '9007199254740993 | 100000011.50']],
  ['SELECT id, total(amount, 2) FILTER (WHERE id <> 3) OVER (ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders', ['1 | 20.00', '2 | 20.02', '3 | 0.02', '9007199254740993 | 3.00']],
  [`SELECT total(amount, 1) ${minutes('TUMBLE', "INTERVAL '1' MINUTE")}`, ['10.01', '100000001.49']],
  [
    `SELECT total(amount, 1) ${minutes('HOP', "INTERVAL '1' MINUTE, INTERVAL '2' MINUTE")}`,
    ['10.01', '100000001.49', '100000011.50'],
  ],
  [`SELECT total(amount, 1) ${minutes('SESSION', "INTERVAL '30' SECOND")}`, ['10.01', '100000001.49']],
  [`SELECT total(amount, 1) ${minutes('SESSION', "INTERVAL '2' MINUTE")}`, ['100000011.50']],
]; // biome-ignore format: a table

describe('functions somebody wrote, in whole queries over batches cut at random', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  it.each(QUERIES)('%s', async (query, expected) => {
    const found = await answerOf(FUNCTIONS + TABLE + query, [ORDERS], new SeededRandom(seed));
    expect(found, `seed ${seed}`).toEqual([...expected].sort());
  });

  it('are in the preview', async () => {
    const query = "SELECT mask(s), size FROM (VALUES ('ann lee'), ('bo')) AS t(s), LATERAL TABLE(words(s))";
    expect(await previewAnswerOf(FUNCTIONS + query)).toEqual(['a****** 3', 'a****** 3', 'b* 2']);
  });

  it('are tables by themselves', async () => {
    const query =
      "SELECT word, size FROM TABLE(words('ann lee')) UNION ALL SELECT w, 0 FROM words(U&'b\\006F') AS t(w, s)";
    expect(await previewAnswerOf(FUNCTIONS + query)).toEqual(['ann 3', 'bo 0', 'lee 3']);
  });

  it('that fail end the preview with their own words', async () => {
    const broken =
      'CREATE FUNCTION broken(s STRING) RETURNS INT LANGUAGE JAVASCRIPT AS $$\n\n return s.nothing.more; $$;';
    await expect(previewAnswerOf(`${broken} SELECT broken('x')`)).rejects.toThrow(
      /Function broken failed at line 3 of its body: TypeError: .* Its arguments were s = "x"/,
    );
  });
});
