import { describe, expect, it } from 'vitest';
import { DEMO_TABLES } from '../testing/demo-tables.ts';
import { complete } from './complete.ts';
import { hover } from './hover.ts';

/** Completes at | in a statement after the demo tables. */
function labelsAt(marked: string): readonly string[] {
  const text = DEMO_TABLES + marked;
  const offset = text.indexOf('|');
  const optionsOf = (connector: string | undefined) =>
    connector === 'kafka'
      ? [{ name: 'topic' }, { name: 'format', values: ['json', 'csv'] }]
      : [{ name: 'connector', values: ['kafka'] }];
  return complete(text.replace('|', ''), offset, { optionsOf }).items.map((item) => item.label);
}

describe('completion proposes what may stand there', () => {
  it.each([
    ['INSERT INTO b|', ['big_orders']],
    ['SELECT * FROM o|', ['orders']],
    ['SELECT am| FROM orders', ['amount']],
    ['SELECT o.ci| FROM orders AS o', ['city']],
    ['SELECT am|', ['amount']],
    ['INSERT INTO big_orders SELECT cit|', ['city']],
    ["SELECT window_s| FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))", ['window_start']],
    ['SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(|', ['ts']],
    ['SELECT SUBS|', ['SUBSTRING']],
    ['CREATE TABLE t (a DEC|', ['DECIMAL', 'DEC']],
    ["CREATE TABLE t (a INT) WITH ('|", ['connector']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', |", ['topic', 'format']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', |", ['format']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'format' = |", ['json', 'csv']],
    ["SELECT 'am|", []],
    ['SELECT city FROM orders WH|', ['WHERE']],
    ['SELECT city FROM orders L|', ['LEFT JOIN', 'LIMIT']],
    ['SELECT city FR| orders', ['FROM']],
    ['SELECT UPPER(city) A|', ['AS', 'AND']],
    ['SELECT city FROM orders WHERE amount I|', ['IS NULL', 'IS NOT NULL', 'IN']],
    ['SELECT city FROM orders WHERE am|', ['amount']],
    ['CREATE VIEW v AS SELECT city AS town FROM orders; SELECT tow| FROM v', ['town']],
  ])('%s', (marked, labels) => {
    expect([...labelsAt(marked)].sort()).toEqual([...labels].sort());
  });

  it('after a table only what may follow one, few enough to be read', () => {
    const labels = labelsAt('SELECT city FROM orders |');
    expect(labels).toContain('WHERE');
    expect(labels).not.toContain('amount');
    expect(labels.length).toBeLessThan(20);
  });

  it('replaces the word that is being written', () => {
    const text = `${DEMO_TABLES}SELECT am FROM orders`;
    const offset = text.lastIndexOf('am') + 2;
    expect(complete(text, offset).from).toBe(offset - 2);
  });
});

describe('hovering tells what a word is', () => {
  it.each([
    ['SELECT UP^PER(city) FROM orders', 'UPPER'],
    ['SELECT UPPER(ci^ty) FROM orders', 'city STRING'],
    ['SELECT * FROM ord^ers', 'table orders'],
    ['SELECT t^s FROM orders', 'ts TIMESTAMP(3)'],
    ['SELECT CURRENT_TIM^ESTAMP FROM orders', 'CURRENT_TIMESTAMP'],
    ['SEL^ECT city FROM orders', undefined],
  ])('%s', (marked, title) => {
    const text = DEMO_TABLES + marked;
    expect(hover(text.replace('^', ''), text.indexOf('^'))?.title).toBe(title);
  });
});
