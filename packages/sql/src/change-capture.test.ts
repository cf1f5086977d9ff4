import { explainPlan, type LogicalNode } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

const TABLES = `
CREATE TABLE orders (id BIGINT, status STRING, price DOUBLE, at TIMESTAMP(3), WATERMARK FOR at AS at, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'debezium-json');
CREATE TABLE lines (id BIGINT, status STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'kafka', 'topic' = 'lines', 'value.format' = 'json');
CREATE TABLE o (id BIGINT, price DOUBLE, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');`;
const REPEATED = "SET 'table.exec.source.cdc-events-duplicate' = 'true';";

function nodesOf(text: string): readonly LogicalNode[] {
  const { plan, preview, diagnostics } = compile(TABLES + text, { sinkChanges: () => 'upsert' });
  expect(diagnostics, text).toEqual([]);
  return (plan ?? preview)?.nodes ?? [];
}

const kindsOf = (text: string) => nodesOf(text).map(({ kind }) => kind);

describe('a table of captured changes', () => {
  it('is read as the changelog its records are: nothing is remembered to know what a row was', () => {
    const [source, ...others] = nodesOf("INSERT INTO o SELECT id, price FROM orders WHERE status = 'open'");
    expect(source).toMatchObject({ kind: 'source', retract: true, filter: { condition: { name: '=' } } });
    expect(source).not.toHaveProperty('upsert');
    expect(others.map(({ kind }) => kind)).toEqual(['filter', 'project', 'sink']);
  });

  it('remembers the row of each key, and leaves none out before, where changes may be told twice', () => {
    const nodes = nodesOf(`${REPEATED} SELECT id, price FROM orders WHERE status = 'open'`);
    expect(nodes.map(({ kind }) => kind)).toEqual(['source', 'changelog-normalize', 'filter', 'project', 'sink']);
    expect(nodes[0]).not.toHaveProperty('filter');
    expect(nodes[1]).toMatchObject({ keys: [0] });
  });

  it('gives changes of what is counted of it, and says so in EXPLAIN', () => {
    const nodes = nodesOf('SELECT status, MAX(price) FROM orders GROUP BY status');
    expect(nodes.find(({ kind }) => kind === 'group-aggregate')).not.toHaveProperty('insertOnly');
    expect(explainPlan({ nodes })).toContain('records are changes');
  });

  it('is a versioned table by its key and event time, and has none for windows', () => {
    const join = 'SELECT l.id, o.price FROM lines AS l JOIN orders FOR SYSTEM_TIME AS OF l.ts AS o ON l.id = o.id';
    expect(kindsOf(join).filter((kind) => kind !== 'project')).toEqual([
      'source',
      'watermark',
      'source',
      'watermark',
      'temporal-join',
      'sink',
    ]);
    expect(kindsOf(`${REPEATED} ${join}`)).not.toContain('changelog-normalize');
    const window =
      "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end";
    expect(compile(TABLES + window).diagnostics).toMatchObject([{ code: 'sql.invalid-window' }]);
  });

  it('with the options of a hint it is what they say', () => {
    const [source] = nodesOf("SELECT id FROM lines /*+ OPTIONS('value.format' = 'canal-json') */");
    expect(source).toMatchObject({ retract: true });
  });
});

it('a sink that can only add rows takes none that are taken back, and one of changes takes all', () => {
  const sink = (format: string) => `CREATE TABLE s (id BIGINT) WITH ('connector' = 'kafka', 'format' = '${format}');`;
  const told = (format: string) =>
    compile(`${TABLES} ${sink(format)} INSERT INTO s SELECT id FROM orders`, {
      sinkChanges: (_, options) => (options.format === 'debezium-json' ? 'any' : 'append'),
    }).diagnostics;
  expect(told('debezium-json')).toEqual([]);
  expect(told('json')).toMatchObject([
    { code: 'sql.sink-mismatch', message: expect.stringContaining("'debezium-json'") },
  ]);
});
