import { formatDataType } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';

const TABLE = `
CREATE TABLE t (b BOOLEAN, ti TINYINT, si SMALLINT, i INT, l BIGINT NOT NULL, f FLOAT, d DOUBLE, dec DECIMAL(10, 2), big DECIMAL(38, 10),
  s STRING, bin BYTES, da DATE, tm TIME(3), ts TIMESTAMP(3), ts6 TIMESTAMP, ts9 TIMESTAMP(9), tz TIMESTAMP_LTZ(3), arr ARRAY<INT>, m MAP<STRING, INT>, r ROW<a INT, b STRING>)
WITH ('connector' = 'print');
`;

function typeOf(expression: string): string {
  const { preview, diagnostics } = compile(`${TABLE}SELECT ${expression} AS x FROM t;`);
  const type = preview?.nodes.at(-1)?.schema.fields[0]?.type;
  return type === undefined ? (diagnostics[0]?.message ?? 'nothing') : formatDataType(type);
}

describe('types are derived as Flink derives them', () => {
  it.each([
    ['r.a', 'INT'],
    ['arr[1]', 'INT'],
    ["m['a']", 'INT'],
    ['CAST(arr AS ARRAY<BIGINT>)', 'ARRAY<BIGINT>'],
    ['CAST(r AS ROW<x DECIMAL(12, 2), y STRING>)', 'ROW<x DECIMAL(12, 2), y STRING>'],
    ['CAST(m AS STRING)', 'STRING'],
    ['ARRAY[ROW(i), ROW(l)]', 'ARRAY<ROW<EXPR$0 BIGINT> NOT NULL> NOT NULL'],
    ['ROW(l, s)', 'ROW<EXPR$0 BIGINT NOT NULL, EXPR$1 STRING> NOT NULL'],
    ['ARRAY[i, l]', 'ARRAY<BIGINT> NOT NULL'],
    ["MAP['a', l]", 'MAP<STRING NOT NULL, BIGINT NOT NULL> NOT NULL'],
    ['CARDINALITY(arr)', 'INT'],
    ['ARRAY_APPEND(ARRAY[1], NULL)', 'ARRAY<INT> NOT NULL'],
    ['MAP_ENTRIES(m)', 'ARRAY<ROW<key STRING, value INT> NOT NULL>'],
    ['ti + i', 'INT'],
    ['i + l', 'BIGINT'],
    ['l + l', 'BIGINT NOT NULL'],
    ['i / i', 'INT'],
    ['i + f', 'FLOAT'],
    ['dec + f', 'DOUBLE'],
    ['dec + dec', 'DECIMAL(11, 2)'],
    ['dec * dec', 'DECIMAL(21, 4)'],
    ['dec / dec', 'DECIMAL(23, 13)'],
    ['dec % dec', 'DECIMAL(10, 2)'],
    ['dec + i', 'DECIMAL(13, 2)'],
    ['dec * 2', 'DECIMAL(21, 2)'],
    ['big + big', 'DECIMAL(38, 9)'],
    ['big * big', 'DECIMAL(38, 6)'],
    ['big / big', 'DECIMAL(38, 6)'],
    ['l % i', 'INT'],
    ['i % l', 'BIGINT'],
    ['MOD(dec, 3)', 'DECIMAL(10, 2)'],
    ['-dec', 'DECIMAL(10, 2)'],
    ['ABS(l)', 'BIGINT NOT NULL'],
    ['ROUND(dec, 1)', 'DECIMAL(10, 1)'],
    ['ROUND(dec)', 'DECIMAL(9, 0)'],
    ['FLOOR(dec)', 'DECIMAL(10, 0)'],
    ['POWER(i, 2)', 'DOUBLE'],
    ['1', 'INT NOT NULL'],
    ['3000000000', 'BIGINT NOT NULL'],
    ['-9223372036854775808', 'BIGINT NOT NULL'],
    ['9223372036854775808', 'DECIMAL(19, 0) NOT NULL'],
    ['1.50', 'DECIMAL(3, 2) NOT NULL'],
    ['0.05', 'DECIMAL(3, 2) NOT NULL'],
    ['.05', 'DECIMAL(2, 2) NOT NULL'],
    ['1e3', 'DOUBLE NOT NULL'],
    ["'x'", 'STRING NOT NULL'],
    ["X'0aff'", 'BYTES NOT NULL'],
    ["DATE '2026-11-24'", 'DATE NOT NULL'],
    ['i = l', 'BOOLEAN'],
    ['l = 1', 'BOOLEAN NOT NULL'],
    ['s IS NULL', 'BOOLEAN NOT NULL'],
    ['s IS NOT DISTINCT FROM s', 'BOOLEAN NOT NULL'],
    ["s || 'x'", 'STRING'],
    ['CASE WHEN b THEN 1 ELSE l END', 'BIGINT NOT NULL'],
    ['CASE WHEN b THEN 1 END', 'INT'],
    ['CASE i WHEN 1 THEN dec ELSE 0 END', 'DECIMAL(12, 2)'],
    ['COALESCE(i, 1)', 'INT NOT NULL'],
    ['COALESCE(i, l)', 'BIGINT NOT NULL'],
    ['NULLIF(l, 1)', 'BIGINT'],
    ['IF(b, s, NULL)', 'STRING'],
    ['GREATEST(i, dec)', 'DECIMAL(12, 2)'],
    ['CAST(s AS DECIMAL(5, 1))', 'DECIMAL(5, 1)'],
    ['CAST(l AS STRING)', 'STRING NOT NULL'],
    ['TRY_CAST(l AS INT)', 'INT'],
    ['CAST(s AS TIMESTAMP)', 'TIMESTAMP(6)'],
    ['CAST(s AS TIMESTAMP_LTZ)', 'TIMESTAMP_LTZ(6)'],
    ["TIMESTAMP '2026-11-24 12:30:00.1234567'", 'TIMESTAMP(7) NOT NULL'],
    ["TIMESTAMP '2026-11-24 12:30:00.1234567891'", 'TIMESTAMP(9) NOT NULL'],
    ["TIME '12:30:00.123456'", 'TIME(3) NOT NULL'],
    ['COALESCE(ts, ts6)', 'TIMESTAMP(6)'],
    ['CASE WHEN b THEN ts6 ELSE ts9 END', 'TIMESTAMP(9)'],
    ["ts6 + INTERVAL '1' DAY", 'TIMESTAMP(6)'],
    ['FLOOR(ts9 TO SECOND)', 'TIMESTAMP(9)'],
    ["ts6 AT TIME ZONE 'UTC'", 'TIMESTAMP_LTZ(6)'],
    ["TO_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss.SSSSSS')", 'TIMESTAMP(3)'],
    ['TO_TIMESTAMP(s)', 'TIMESTAMP(3)'],
    ['TO_TIMESTAMP_LTZ(l, 6)', 'TIMESTAMP_LTZ(6)'],
    ['TO_TIMESTAMP_LTZ(l, 1)', 'TIMESTAMP_LTZ(3)'],
    ["TO_TIMESTAMP_LTZ(s, 'yyyy-MM-dd HH:mm:ss.SSSSSSSSS')", 'TIMESTAMP_LTZ(9)'],
    ['ARRAY[ts, ts9]', 'ARRAY<TIMESTAMP(9)> NOT NULL'],
    ["ts + INTERVAL '1' DAY", 'TIMESTAMP(3)'],
    ["da - INTERVAL '1' MONTH", 'DATE'],
    ['EXTRACT(HOUR FROM ts)', 'BIGINT'],
    ['YEAR(da)', 'BIGINT'],
    ['FLOOR(ts TO HOUR)', 'TIMESTAMP(3)'],
    ['TIMESTAMPDIFF(MINUTE, ts, ts)', 'INT'],
    ['TIMESTAMPADD(DAY, 1, ts)', 'TIMESTAMP(3)'],
    ['TO_TIMESTAMP_LTZ(l, 3)', 'TIMESTAMP_LTZ(3)'],
    ["DATE_FORMAT(ts, 'yyyy')", 'STRING'],
    ['CURRENT_TIMESTAMP', 'TIMESTAMP_LTZ(3) NOT NULL'],
    ['LOCALTIMESTAMP', 'TIMESTAMP(3) NOT NULL'],
    ["JSON_VALUE(s, '$.a.b')", 'STRING'],
    ["JSON_VALUE(s, '$.a' RETURNING INT NULL ON EMPTY NULL ON ERROR)", 'INT'],
    ["TRIM(LEADING '0' FROM s)", 'STRING'],
    ["POSITION('a' IN s)", 'INT'],
    ['SUBSTRING(s FROM 2 FOR 3)', 'STRING'],
    ['CAST(ROW(1, s) AS ROW<a INT, b STRING>).b', 'STRING'],
    ['CAST(s AS CHAR(3))', 'STRING'],
    ['r = ROW(1, s)', 'BOOLEAN'],
    ['TIMESTAMPDIFF(YEAR, ts, ts)', 'INT'],
    ['arr', 'ARRAY<INT>'],
    ['m', 'MAP<STRING, INT>'],
    ['r', 'ROW<a INT, b STRING>'],
  ])('%s is %s', (expression, type) => {
    expect(typeOf(expression)).toBe(type);
  });

  it.each([
    'arr < arr',
    's + 1',
    'bin || s',
    'CAST(arr AS BYTES)',
    'CAST(arr AS ARRAY<DATE>)',
    'CAST(r AS ROW<a INT>)',
    'b + 1',
    's > 1',
  ])('%s is refused', (expression) => {
    expect(compile(`${TABLE}SELECT ${expression} AS x FROM t;`).preview).toBeUndefined();
  });
});

describe('digits are kept', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['0.12345678901234567890123456789012345678', '0.12345678901234567890123456789012345678'],
    ['9007199254740993 + 1', '9007199254740994'],
    ['CAST(9007199254740993 AS DECIMAL(20, 2))', '9007199254740993.00'],
  ])('%s stays %s', (text, value) => {
    const { preview } = compile(`${TABLE}SELECT ${text} AS x FROM t;`);
    const projection = preview?.nodes.find((node) => node.kind === 'project');
    expect(projection?.expressions[0]).toMatchObject({ kind: 'literal', value });
  });
});
