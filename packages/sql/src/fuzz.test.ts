import { readdirSync, readFileSync } from 'node:fs';
import { explainPlan, parseLogicalPlan } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { complete } from './editor/complete.ts';
import { hover } from './editor/hover.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';

const FOLDER = new URL('../test/plans/', import.meta.url);
const SEEDS = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith('.sql') ? [readFileSync(new URL(file, FOLDER), 'utf8')] : [],
);
const PIECES = ["'", '`', '"', '(', ')', ';', ',', '.', '/*', '--', '\n', 'SELECT', 'FROM', 'NULL', '-', '1e999', '9'.repeat(50), '\u{1F600}', 'GROUP BY', 'CASE', 'BETWEEN', 'INTERVAL', 'X\'', '\\', '<', 'ROW<', 'WITH', 'city', '*', 'JOIN', 'LEFT JOIN', 'ON', 'USING (', 'UNION', 'INTERSECT', 'EXCEPT ALL', 'IN (SELECT', 'EXISTS (', 'UNNEST(', '[', ']', 'ARRAY[', 'MAP[', 'ROW(', 'VALUES (', 'MATCH_RECOGNIZE (', 'PATTERN (', 'DEFINE', '{2,}', '?', '|', 'FOR SYSTEM_TIME AS OF', '.a']; // biome-ignore format: a list

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutate(text: string, random: () => number): string {
  const words = text.match(/\w+|\s+|[^\w\s]/g) ?? [];
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * words.length);
    const other = Math.floor(random() * words.length);
    const choice = random();
    if (choice < 0.3) words.splice(at, 1 + Math.floor(random() * 3));
    else if (choice < 0.6) words.splice(at, 0, PIECES[Math.floor(random() * PIECES.length)] ?? '');
    else if (choice < 0.8) [words[at], words[other]] = [words[other] ?? '', words[at] ?? ''];
    else words.splice(at, 0, ...words.slice(other, other + 5));
  }
  return words.join('');
}

describe('whatever is typed, the compiler answers', () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

  it(`5,000 mutated scripts never throw, point inside the text, and give valid plans (seed ${seed})`, () => {
    const random = randomOf(seed);
    let plans = 0;
    for (let round = 0; round < 5_000; round++) {
      const text = JOIN_TABLES + mutate(SEEDS[round % SEEDS.length] ?? '', random);
      const { plan, diagnostics } = compile(text);
      for (const { from, to, message } of diagnostics) {
        if (from < 0 || to < from || to > text.length) throw new Error(`${message} at ${from}-${to} of\n${text}`);
      }
      if (plan !== undefined && round % 10 === 0) {
        plans++;
        expect(() => explainPlan(parseLogicalPlan(JSON.parse(JSON.stringify(plan)))), text).not.toThrow();
      }
      if (round % 50 === 0) {
        const offset = Math.floor(random() * text.length);
        complete(text, offset);
        hover(text, offset);
      }
    }
    expect(plans).toBeGreaterThan(0);
  }, 120_000);

  it.each([
    ['parentheses', `SELECT ${'('.repeat(50_000)}city${')'.repeat(50_000)} FROM orders`],
    ['additions', `SELECT order_id${' + 1'.repeat(50_000)} FROM orders`],
    ['conditions', `SELECT city FROM orders WHERE ${'NOT '.repeat(50_000)} TRUE`],
    ['signs', `SELECT ${'- '.repeat(50_000)}order_id FROM orders`],
    ['types', `SELECT CAST(city AS ${'ARRAY<'.repeat(50_000)}INT${'>'.repeat(50_000)}) FROM orders`],
    ['subqueries', `${'SELECT * FROM ('.repeat(5_000)}SELECT * FROM orders${')'.repeat(5_000)}`],
    ['unions', Array.from({ length: 5_000 }, () => 'SELECT city FROM orders').join(' UNION ALL ')],
    ['statements', 'SELECT citty FROM orders;\n'.repeat(5_000)],
    ['quotes', "'".repeat(50_001)],
    [
      'joins',
      `SELECT * FROM orders o0 ${Array.from({ length: 5_000 }, (_, at) => `JOIN orders o${at + 1} ON TRUE`).join(' ')}`,
    ],
    [
      'joined joins',
      `SELECT * FROM orders ${Array.from({ length: 90 }, (_, at) => `JOIN orders o${at} ON orders.order_id = o${at}.order_id`).join(' ')} WHERE o1.city = 'x'`,
    ],
    [
      'subqueries in WHERE',
      `SELECT city FROM orders WHERE ${'order_id IN (SELECT order_id FROM orders WHERE '.repeat(2_000)}TRUE${')'.repeat(2_000)}`,
    ],
    [
      'scalar subqueries',
      `SELECT ${'(SELECT MAX('.repeat(2_000)}order_id${') FROM orders)'.repeat(2_000)} FROM orders`,
    ],
    ['set operations', Array.from({ length: 5_000 }, () => 'SELECT city FROM orders').join(' EXCEPT ')],
    ['elements', `SELECT tags${'[1]'.repeat(50_000)} FROM carts`],
    ['arrays', `SELECT ${'ARRAY['.repeat(50_000)}1${']'.repeat(50_000)} FROM carts`],
    ['values', `VALUES ${Array.from({ length: 50_000 }, (_, at) => `(${at}, 'x')`).join(', ')}`],
    [
      'patterns',
      `SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (${'('.repeat(50_000)}A${')+'.repeat(50_000)}) DEFINE A AS TRUE)`,
    ],
    ['unnests', `SELECT * FROM carts ${'CROSS JOIN UNNEST(tags) '.repeat(5_000)}`],
    [
      'joins that double',
      Array.from({ length: 60 }, (_, at) => {
        const below = at === 0 ? 'orders' : `j${at - 1}`;
        return `CREATE VIEW j${at} AS SELECT a.city FROM ${below} a JOIN ${below} b ON a.city = b.city;`;
      }).join('\n'),
    ],
    [
      'views that double',
      Array.from({ length: 60 }, (_, at) => {
        const below = at === 0 ? 'orders' : `v${at - 1}`;
        return `CREATE VIEW v${at} AS SELECT city FROM ${below} UNION ALL SELECT city FROM ${below};`;
      }).join('\n'),
    ],
    [
      'expressions that double',
      `SELECT a FROM (${Array.from({ length: 80 }, () => 'SELECT a + a AS a FROM (').join('')}SELECT order_id AS a FROM orders${')'.repeat(80)})`,
    ],
    [
      'betweens that double',
      `SELECT city FROM orders WHERE ${'('.repeat(60)}TRUE${' BETWEEN FALSE AND TRUE)'.repeat(60)}`,
    ],
  ])('%s by the thousand end in an answer within two seconds of CPU', (_, text) => {
    const started = process.cpuUsage();
    const { diagnostics, preview } = compile(`${JOIN_TABLES}${text}`);
    expect(diagnostics.length > 0 || preview !== undefined).toBe(true);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
