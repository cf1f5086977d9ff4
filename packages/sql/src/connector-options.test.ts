import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

const TABLES = `
  CREATE TABLE people (id BIGINT, name STRING, twice AS id * 2, seen TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', age INT)
    WITH ('connector' = 'kafka', 'topic' = 'people', 'format' = 'csv');
  CREATE TABLE letters (id BIGINT, age INT) WITH ('connector' = 'kafka', 'topic' = 'letters', 'format' = 'csv');
  CREATE TABLE named (id BIGINT, age INT) WITH ('connector' = 'kafka', 'topic' = 'named', 'format' = 'json');
`;

function optionsOf(table: string, query: string): Readonly<Record<string, string>> | undefined {
  const { plan, diagnostics } = compile(TABLES + query);
  expect(diagnostics).toEqual([]);
  const node = plan?.nodes.find((each) => 'table' in each && each.table === table);
  return node !== undefined && 'options' in node ? node.options : undefined;
}

describe('how far ahead of the clock rows may be dated', () => {
  const plan = (options: string) => {
    const table = `CREATE TABLE t (at TIMESTAMP_LTZ(3), WATERMARK FOR at AS at - INTERVAL '1' SECOND)
      WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json'${options});`;
    const out = "CREATE TABLE o (n BIGINT) WITH ('connector' = 'blackhole');";
    const query = `INSERT INTO o SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' MINUTE))
      GROUP BY window_start, window_end;`;
    return compile(table + out + query);
  };

  it('is an option of the table that its connector never sees', () => {
    const nodes = plan(", 'scan.watermark.max-ahead' = '2 h'").plan?.nodes ?? [];
    expect(nodes.find(({ kind }) => kind === 'watermark')).toMatchObject({ maxAheadMs: 7_200_000 });
    expect(JSON.stringify(nodes.find(({ kind }) => kind === 'source'))).not.toContain('max-ahead');
    expect(plan('').plan?.nodes.find(({ kind }) => kind === 'watermark')).not.toHaveProperty('maxAheadMs');
  });

  it('must be a duration', () => {
    expect(plan(", 'scan.watermark.max-ahead' = 'soon'").diagnostics).toMatchObject([{ code: 'sql.invalid-setting' }]);
  });
});

describe('a format that goes by position', () => {
  it('is told all stored columns in order, whichever are read', () => {
    const options = optionsOf('people', 'INSERT INTO named SELECT id, age FROM people;');
    expect(options?.['csv.columns']).toBe('["id","name","age"]');
  });

  it('is told nothing where it is written, nor is one that goes by name', () => {
    const insert = 'INSERT INTO letters SELECT id, age FROM named;';
    expect(optionsOf('letters', insert)).not.toHaveProperty(['csv.columns']);
    expect(optionsOf('named', insert)).not.toHaveProperty(['csv.columns']);
  });
});

describe('a query that replaces rows', () => {
  const text = `${TABLES}CREATE TABLE ages (age INT, n BIGINT, PRIMARY KEY (age) NOT ENFORCED) WITH ('connector' = 'c');
    INSERT INTO ages SELECT age, COUNT(*) FROM named GROUP BY age;`;
  const messages = (sinkChanges: 'append' | 'upsert' | 'any', script = text) =>
    compile(script, { sinkChanges: () => sinkChanges }).diagnostics.map(({ message }) => message);

  it('is refused by a sink that only adds rows, in words that say what to do', () => {
    expect(messages('append')).toEqual([
      "The query replaces rows it gave before, and 'c' can only add rows: aggregate in a window, or write to a table with a PRIMARY KEY ('upsert-kafka', 'jdbc') or of changes ('format' = 'debezium-json').",
    ]);
  });

  it('is refused by an upsert sink without a key, and taken with one', () => {
    expect(messages('upsert')).toEqual([]);
    expect(messages('upsert', text.replace(', PRIMARY KEY (age) NOT ENFORCED', ''))).toEqual([
      'The query replaces rows it gave before: ages needs a PRIMARY KEY (...) NOT ENFORCED that tells which row is replaced.',
    ]);
  });

  it('goes anywhere when the sink takes any change', () => {
    expect(messages('any')).toEqual([]);
  });
});

describe('PARTITIONED BY', () => {
  const FILES = `CREATE TABLE files (id BIGINT, day DATE, name STRING, hour INT) PARTITIONED BY (day, hour)
    WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv');`;
  const nodeOf = (kind: 'source' | 'sink', query: string) => {
    const { plan, diagnostics } = compile(TABLES + FILES + query);
    expect(diagnostics).toEqual([]);
    return plan?.nodes.find((node) => node.kind === kind);
  };

  it('is told to the connector of files, and is no part of its records', () => {
    const read = nodeOf('source', "INSERT INTO letters SELECT id, hour FROM files WHERE day = DATE '2026-01-01';");
    expect(read).toMatchObject({
      options: { 'partition.columns': '["day","hour"]', 'csv.columns': '["id","name"]' },
      filter: {},
    });
    const written = nodeOf('sink', "INSERT INTO files SELECT id, DATE '2026-01-01', name, age FROM people;");
    expect(written).toMatchObject({ options: { 'partition.columns': '["day","hour"]' } });
    expect(written).not.toHaveProperty(['options', 'csv.columns']);
  });

  it('may be given a constant, which the query then leaves out', () => {
    const written = nodeOf(
      'sink',
      "INSERT INTO files PARTITION (day = DATE '2026-01-01') SELECT id, name, age FROM people;",
    );
    expect(written).toMatchObject({
      schema: { fields: [{ name: 'id' }, { name: 'day' }, { name: 'name' }, { name: 'hour' }] },
    });
    nodeOf('sink', 'INSERT INTO files PARTITION (hour = 3, day = NULL) (name, id) SELECT name, id FROM people;');
  });

  it('what its connector says of it stands there', () => {
    const text = `${FILES} SELECT id FROM files;`;
    const { diagnostics } = compile(text, {
      checkOptions: (_, options, role, columns) =>
        options['partition.columns'] === undefined || role !== 'source'
          ? []
          : [{ option: 'partition.columns', message: `day is ${columns.get('day')?.kind}` }],
    });
    expect(diagnostics.map(({ message, from, to }) => [text.slice(from, to), message])).toEqual([
      ['PARTITIONED BY (day, hour)', 'day is date'],
    ]);
  });
});
