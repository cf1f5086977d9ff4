import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const TABLES = `
CREATE TABLE prices (item STRING, price DOUBLE, twice AS price * 2, at TIMESTAMP(3), WATERMARK FOR at AS at, PRIMARY KEY (item) NOT ENFORCED)
  WITH ('connector'='upsert-kafka');
CREATE TABLE timeless (item STRING, price DOUBLE, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector'='upsert-kafka');
CREATE VIEW dear AS SELECT * FROM prices WHERE price > 10;
CREATE TABLE sales (id BIGINT, item STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector'='kafka');`;

const STATEMENTS: readonly WrongStatement[] = [
  [
    "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE prices, DESCRIPTOR(«at»), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.invalid-window',
    "A window gives its rows once, and this input takes rows back: at is no event time here. Group without a window, or read the records as they come ('connector' = 'kafka').",
  ],
  [
    'SELECT s.id, p.price FROM sales s JOIN «dear» FOR SYSTEM_TIME AS OF s.ts AS p ON s.item = p.item',
    'sql.invalid-table',
    'dear replaces rows, and its versions are known only from the table itself or from the last row per key by event time: give the table a WATERMARK, and put conditions and computed columns behind the join.',
  ],
  [
    'SELECT s.id, p.price FROM sales s JOIN «timeless» FOR SYSTEM_TIME AS OF s.ts AS p ON s.item = p.item',
    'sql.invalid-table',
    'timeless replaces rows, and its versions are known only from the table itself or from the last row per key by event time: give the table a WATERMARK, and put conditions and computed columns behind the join.',
  ],
];

describe('what cannot be asked of a table that tells rows by key is refused at its place', () => {
  it.each(STATEMENTS)('%s', (...statement) => expectTold(TABLES, statement));
});

/** The kinds of the steps between the source and the sink of an INSERT, when every sink keeps the latest row of each key. */
function stepsOf(sink: string, select: string): readonly string[] | undefined {
  const out = `CREATE TABLE o (${sink}) WITH ('connector'='upsert-kafka');`;
  const { plan, diagnostics } = compile(`${TABLES} ${out} INSERT INTO o ${select}`, { sinkChanges: () => 'upsert' });
  expect(diagnostics).toEqual([]);
  return plan?.nodes.map(({ kind }) => kind).filter((kind) => kind !== 'source' && kind !== 'sink');
}

describe('a table written by the key it is read by is copied without remembering it', () => {
  const BY_ITEM = 'item STRING, price DOUBLE, PRIMARY KEY (item) NOT ENFORCED';

  it('when columns are passed on', () => {
    expect(stepsOf(BY_ITEM, 'SELECT item, price FROM prices')).toEqual([]);
  });

  it('but not when rows may be dropped, computed or told by another key', () => {
    expect(stepsOf(BY_ITEM, 'SELECT item, price FROM prices WHERE price > 1')).toContain('changelog-normalize');
    expect(stepsOf(BY_ITEM, 'SELECT item, price + 1 FROM prices')).toContain('changelog-normalize');
    const byPrice = 'item STRING, price DOUBLE, PRIMARY KEY (price) NOT ENFORCED';
    expect(stepsOf(byPrice, 'SELECT item, price FROM prices')).toContain('changelog-normalize');
  });
});
