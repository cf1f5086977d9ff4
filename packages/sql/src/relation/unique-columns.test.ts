import { expect, it } from 'vitest';
import { compile } from '../compile.ts';

const TABLES = `
CREATE TABLE t (i INT, l BIGINT, x DOUBLE, ts TIMESTAMP(3), z TIMESTAMP_LTZ(3), p AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', 'properties.bootstrap.servers' = 'x');
CREATE TABLE names (id INT, name STRING) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://x/x', 'table-name' = 'names');
`;

/** By what a lookup finds rows again that are taken back: the key of the group, cast, or everything. */
function rowKeyOf(key: string, cast: string): readonly number[] | undefined {
  const { preview, diagnostics } = compile(`${TABLES}
    SELECT k, c, name FROM (SELECT ${cast} AS k, COUNT(*) AS c, MAX(i) AS i, PROCTIME() AS p FROM t GROUP BY ${key}) AS g
    JOIN names FOR SYSTEM_TIME AS OF g.p ON g.i = names.id;`);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const lookup = preview?.nodes.find(({ kind }) => kind === 'lookup-join');
  return lookup?.kind === 'lookup-join' ? lookup.rowKey : undefined;
}

it.each([
  ['l', 'l'],
  ['i', 'CAST(i AS BIGINT)'],
  ['l', 'CAST(l AS STRING)'],
  ['l', 'CAST(l AS DECIMAL(20, 1))'],
  ['ts', 'CAST(ts AS TIMESTAMP(9))'],
])('a group by %s is told by %s', (key, cast) => {
  expect(rowKeyOf(key, cast)).toEqual([0]);
});

it.each([
  ['l', 'CAST(l AS INT)'],
  ['i', 'CAST(i AS BOOLEAN)'],
  ['x', 'CAST(x AS BIGINT)'],
  ['ts', 'CAST(ts AS DATE)'],
  ['ts', 'CAST(ts AS TIMESTAMP(0))'],
  ['z', 'CAST(z AS STRING)'],
])('groups by %s may come to be one in %s', (key, cast) => {
  expect(rowKeyOf(key, cast)?.length).toBeGreaterThan(1);
});
