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
