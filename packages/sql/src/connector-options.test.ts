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
      "The query replaces rows it gave before, and 'c' can only add rows: aggregate in a window, or write to a table with a PRIMARY KEY ('upsert-kafka', 'jdbc').",
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
