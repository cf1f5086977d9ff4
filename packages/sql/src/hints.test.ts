import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { hover } from './editor/hover.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

function planned(text: string) {
  const { diagnostics, plan, preview } = compile(JOIN_TABLES + text);
  expect(diagnostics).toEqual([]);
  return (plan ?? preview)?.nodes ?? [];
}

const warnings = (text: string) =>
  compile(JOIN_TABLES + text).diagnostics.map(({ severity, message, from, to }) => [
    severity,
    (JOIN_TABLES + text).slice(from, to),
    message,
  ]);

describe('OPTIONS gives a table other options for one use', () => {
  const INSERT =
    "INSERT INTO big_orders /*+ OPTIONS('sink.partitioner' = 'round-robin') */ SELECT order_id, city, amount FROM orders";

  it('of a source and of a sink', () => {
    const nodes = planned(`${INSERT} /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */ AS o WHERE o.amount > 1`);
    expect(nodes.find(({ kind }) => kind === 'source')).toMatchObject({
      table: 'orders',
      options: { topic: 'orders', 'scan.startup.mode': 'latest-offset' },
    });
    expect(nodes.find(({ kind }) => kind === 'sink')).toMatchObject({
      options: { topic: 'big_orders', 'sink.partitioner': 'round-robin' },
    });
  });

  it('a table is read once with each set of options, and an id does not depend on the others', () => {
    const other = "INSERT INTO big_orders SELECT order_id, city, amount FROM orders /*+ OPTIONS('topic' = 'x') */;";
    const same = "INSERT INTO big_orders SELECT order_id, city, amount * 2 FROM orders /*+ OPTIONS('topic' = 'x') */;";
    const plain = 'INSERT INTO big_orders SELECT order_id, city, amount FROM orders;';
    const sources = (text: string) =>
      planned(text)
        .filter(({ kind }) => kind === 'source')
        .map(({ id }) => id);
    const [first, second, ...more] = sources(plain + other + same);
    expect([first, more]).toEqual(['source-orders', []]);
    expect(sources(other)).toEqual([second]);
  });

  it('of a table that is asked by key, of one in a window, and of the idle timeout', () => {
    const dim = "CREATE TABLE dim (id BIGINT, name STRING) WITH ('connector' = 'jdbc');";
    const lookup = planned(
      `${dim} SELECT o.city, d.name FROM (SELECT *, PROCTIME() AS p FROM orders) AS o JOIN dim /*+ OPTIONS('lookup.cache' = 'PARTIAL') */ FOR SYSTEM_TIME AS OF o.p AS d ON o.shop_id = d.id`,
    );
    expect(lookup.find(({ kind }) => kind === 'lookup-join')).toMatchObject({ options: { 'lookup.cache': 'PARTIAL' } });
    const window = planned(
      "SELECT COUNT(*) FROM TUMBLE(TABLE orders /*+ OPTIONS('scan.watermark.idle-timeout' = '3 s') */, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
    );
    expect(window.find(({ kind }) => kind === 'watermark')).toMatchObject({ idleTimeoutMs: 3000 });
  });

  it('the connector is asked about the options as the hint makes them, and a problem stands in the hint', () => {
    const text = `${JOIN_TABLES}SELECT city FROM orders /*+ OPTIONS('topic' = '', 'x' = 'y') */`;
    const { diagnostics } = compile(text, {
      checkOptions: (_, options) => (options.x === undefined ? [] : [{ option: 'x', message: 'No x.' }]),
    });
    expect(diagnostics.map(({ from, to, message }) => [text.slice(from, to), message])).toEqual([
      ["'x' = 'y'", 'No x.'],
    ]);
  });
});

describe('STATE_TTL says how long a join or an aggregate remembers', () => {
  const ttls = (text: string) =>
    planned(text).flatMap((node) => ('stateTtlMs' in node ? [[node.kind, node.stateTtlMs]] : []));

  it.each([
    ["SELECT /*+ STATE_TTL('orders' = '1 d') */ city, COUNT(*) FROM orders GROUP BY city", [['group-aggregate', 86_400_000]]],
    ["SELECT /*+ STATE_TTL('o' = '12h') */ DISTINCT city FROM orders AS o", [['group-aggregate', 43_200_000]]],
    ["SELECT /*+ STATE_TTL('o' = '1d', 'p' = '1d') */ paid FROM orders AS o JOIN payments AS p ON o.order_id = p.order_id", [['join', 86_400_000]]],
    ["SELECT city, n FROM (SELECT /*+ STATE_TTL('orders' = '1h') */ city, COUNT(*) AS n FROM orders GROUP BY city) WHERE n > 1", [['group-aggregate', 3_600_000]]],
    ["SET 'table.exec.state.ttl' = '2 h'; SELECT /*+ STATE_TTL('orders' = '0') */ city, COUNT(*) FROM orders GROUP BY city", [['group-aggregate', 0]]],
    ["SET 'table.exec.state.ttl' = '2 h'; SELECT * FROM (SELECT city, n, ROW_NUMBER() OVER (ORDER BY n DESC) AS r FROM (SELECT city, COUNT(*) AS n FROM orders GROUP BY city)) WHERE r < 3", [['group-aggregate', 7_200_000], ['rank', 7_200_000]]],
    ["SET 'table.exec.state.ttl' = '2 h'; SELECT COUNT(*) FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end", []],
  ])('%s', (text, wanted) => {
    expect(ttls(text)).toEqual(wanted);
  }); // biome-ignore format: a table

  const sides = (text: string) =>
    planned(text).flatMap((node) => (node.kind === 'join' ? [[node.stateTtlMs, node.leftTtlMs, node.rightTtlMs]] : []));
  const PAID = 'paid FROM orders AS o JOIN payments AS p ON o.order_id = p.order_id';
  it.each([
    [`SELECT /*+ STATE_TTL('o' = '3d', 'p' = '12h') */ ${PAID}`, [[undefined, 259_200_000, 43_200_000]]],
    [`SELECT /*+ STATE_TTL('payments' = '12h') */ ${PAID}`, [[undefined, undefined, 43_200_000]]],
    [`SET 'table.exec.state.ttl' = '2 h'; SELECT /*+ STATE_TTL('o' = '0') */ ${PAID} WHERE paid > 1 AND city = 'x'`, [[7_200_000, 0, undefined]]],
    [`SELECT /*+ STATE_TTL('o' = '1h', 'p' = '2h', 'q' = '3h') */ p.${PAID} LEFT JOIN payments AS q ON q.order_id = o.order_id`, [[undefined, 3_600_000, 7_200_000], [undefined, undefined, 10_800_000]]],
    [`CREATE VIEW both AS SELECT /*+ STATE_TTL('o' = '1h', 'p' = '2h') */ o.order_id, ${PAID}; SELECT /*+ STATE_TTL('both' = '4h', 'q' = '3h') */ q.paid FROM both JOIN payments AS q ON q.order_id = both.order_id`, [[undefined, 3_600_000, 7_200_000], [undefined, 14_400_000, 10_800_000]]],
  ])('of each side of a join: %s', (text, wanted) => {
    expect(sides(text)).toEqual(wanted);
  }); // biome-ignore format: a table

  it('the state is found again when only the time changes', () => {
    const ids = (hint: string) =>
      planned(`SELECT ${hint} city, COUNT(*) FROM orders GROUP BY city`).map(({ id }) => id);
    expect(ids("/*+ STATE_TTL('orders' = '1 d') */")).toEqual(ids(''));
    const idsOfJoin = (hint: string) => planned(`SELECT ${hint} ${PAID}`).map(({ id }) => id);
    expect(idsOfJoin("/*+ STATE_TTL('o' = '1 d', 'p' = '2 d') */")).toEqual(idsOfJoin(''));
  });
});

describe('what has no effect here is accepted with a warning', () => {
  const JOIN = 'city FROM orders AS o JOIN payments AS p ON o.order_id = p.order_id';
  it.each([
    [`SELECT /*+ BROADCAST(p) */ ${JOIN}`, 'BROADCAST', 'It says how a batch job joins, and this one streams: BROADCAST has no effect.'],
    [`SELECT /*+ SHUFFLE_HASH(o, payments) */ ${JOIN}`, 'SHUFFLE_HASH', 'It says how a batch job joins, and this one streams: SHUFFLE_HASH has no effect.'],
    [`SELECT /*+ MULTI_JOIN(o, p) */ ${JOIN}`, 'MULTI_JOIN', 'Joins are one after the other here: MULTI_JOIN has no effect.'],
    [`SELECT /*+ LOOKUP('table' = 'payments', 'async' = 'true') */ ${JOIN}`, 'LOOKUP', 'How tables are asked for rows is said by their options (lookup.*): LOOKUP has no effect.'],
    ["SET 'parallelism.default' = '4'", "'parallelism.default'", "'parallelism.default' has no effect here: it is set with the job, beside its text."],
    ["SET 'table.exec.mini-batch.enabled' = 'true'", "'table.exec.mini-batch.enabled'", "'table.exec.mini-batch.enabled' has no effect here: the plan decides this by itself."],
    ["SET 'table.exec.stat.ttl' = '1 h'", "'table.exec.stat.ttl'", "No setting 'table.exec.stat.ttl'. Did you mean 'table.exec.state.ttl'?"],
    ["SET 'my.own' = 'x'", "'my.own'", "No setting 'my.own'. It has no effect here."],
  ])('%s', (text, at, message) => {
    expect(warnings(text)).toEqual([['warning', at, message]]);
  }); // biome-ignore format: a table
});

const WRONG: readonly WrongStatement[] = [
  ["SELECT city FROM orders /*+ «OPTION»('a' = 'b') */", 'sql.syntax', 'No hint OPTION for a table. Did you mean OPTIONS?'],
  ['SELECT city FROM orders /*+ «OPTIONS()» */', 'sql.syntax', "OPTIONS takes options: OPTIONS('key' = 'value', ...)."],
  ["SELECT city FROM orders /*+ OPTIONS('a' = 'b', «'a'» = 'c') */", 'sql.duplicate-name', "Option 'a' is given twice."],
  ["SELECT city FROM orders /*+ OPTIONS('a' = «3») */", 'sql.syntax', "Expected a value in quotes such as 'kafka' but found 3: write '3'."],
  ["CREATE VIEW v AS SELECT city FROM orders; SELECT city FROM v /*+ «OPTIONS('a' = 'b')» */", 'sql.invalid-table', 'v is a query, and only a table has options: put the hint behind the table it reads.'],
  ["SELECT /*+ «OPTIONS('a' = 'b')» */ city FROM orders", 'sql.syntax', 'OPTIONS stands behind the name of a table: FROM t /*+ OPTIONS(...) */.'],
  ["SELECT /*+ «STATE_TLL»('orders' = '1 d') */ city FROM orders", 'sql.syntax', 'No hint STATE_TLL. Did you mean STATE_TTL?'],
  ["SELECT /*+ STATE_TTL(«'ordrs'» = '1 d') */ city FROM orders", 'sql.unknown-table', 'No table ordrs in FROM. Did you mean orders?'],
  ["SELECT /*+ STATE_TTL('orders' = «'soon'») */ city FROM orders", 'sql.invalid-setting', "'soon' is not a duration: write for example '12 h' or '3 d'."],
  ['SELECT /*+ «STATE_TTL» */ city FROM orders', 'sql.syntax', "STATE_TTL takes a table and a duration: STATE_TTL('orders' = '1 d')."],
  ["SELECT /*+ «LOOKUP('async' = 'true')» */ city FROM orders", 'sql.syntax', "LOOKUP says which table it is about: LOOKUP('table' = 'customers', ...)."],
  ["SELECT /*+ STATE_TTL('orders' = '1 d') */ «/*+ BROADCAST(orders) */» city FROM orders", 'sql.syntax', 'Hints stand in one comment: /*+ A(...), B(...) */.'],
  ['SELECT city «/*+ X */» FROM orders', 'sql.syntax', 'Expected , or FROM but found a hint.'],
  ["SET 'execution.runtime-mode' = «'batch'»", 'sql.unsupported', 'A job here streams: write streaming, or remove the statement.'],
  ["SET 'table.exec.state.ttl' = «'soon'»", 'sql.invalid-setting', "'soon' is not a duration: write for example '10 s' or '500 ms'."],
]; // biome-ignore format: a table

describe('a hint that cannot be followed is told at its place', () => {
  it.each(WRONG)('%s', (...wrong) => expectTold(JOIN_TABLES, wrong));
});

describe('people are told what a hint is for', () => {
  it.each([
    ["SELECT city FROM orders /*+ OPT|IONS('a' = 'b') */", 'OPTIONS'],
    ["SELECT /*+ state_|ttl('orders' = '1 d') */ city FROM orders", 'STATE_TTL'],
    ["SET 'parallelism.|default' = '1'", 'parallelism.default'],
  ])('%s', (marked, title) => {
    expect(hover(marked.replace('|', ''), marked.indexOf('|'))?.title).toBe(title);
  });
});
