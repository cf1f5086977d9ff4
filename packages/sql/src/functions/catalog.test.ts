import { SCALAR_FUNCTIONS } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { FUNCTIONS } from './catalog.ts';

const TABLE =
  "CREATE TABLE t (i INT, l BIGINT, d DOUBLE, s STRING, b BOOLEAN, ts TIMESTAMP(3), da DATE, ar ARRAY<INT>, st ARRAY<STRING>, mp MAP<STRING, INT>, ro ROW<a INT>, WATERMARK FOR ts AS ts) WITH ('connector' = 'print');";

/** One call per function of the plan, operators included. */
const CALLS: Readonly<Record<string, string>> = {
  '=': 'i = 1', '<>': 'i <> 1', '<': 'i < 1', '<=': 'i <= 1', '>': 'i > 1', '>=': 'i >= 1',
  'is-distinct-from': 'i IS DISTINCT FROM 1', 'is-not-distinct-from': 'i IS NOT DISTINCT FROM 1',
  and: 'b AND b', or: 'b OR b', not: 'NOT b',
  'is-null': 'i IS NULL', 'is-not-null': 'i IS NOT NULL', 'is-true': 'b IS TRUE', 'is-not-true': 'b IS NOT TRUE',
  'is-false': 'b IS FALSE', 'is-not-false': 'b IS NOT FALSE',
  in: 'i IN (1, 2)', like: "s LIKE 'a%'", 'similar-to': "s SIMILAR TO '[a-z]+'", 'similar-regexp': "REGEXP(s, 'a+')",
  '+': 'i + 1', '-': 'i - 1', '*': 'i * 2', '/': 'i / 2', '%': 'i % 2', negate: '-i',
  abs: 'ABS(i)', ceil: 'CEIL(d)', floor: 'FLOOR(d)', round: 'ROUND(d, 1)', truncate: 'TRUNCATE(d, 1)', sign: 'SIGN(i)',
  power: 'POWER(i, 2)', sqrt: 'SQRT(i)', exp: 'EXP(i)', ln: 'LN(i)', log10: 'LOG10(i)',
  coalesce: 'COALESCE(i, 1)', nullif: 'NULLIF(i, 1)', greatest: 'GREATEST(i, 1)', least: 'LEAST(i, 1)',
  concat: "CONCAT(s, 'x')", printf: "PRINTF('%s %d', s, i)", 'concat-ws': "CONCAT_WS('-', s, s)", upper: 'UPPER(s)', lower: 'LOWER(s)',
  'char-length': 'CHAR_LENGTH(s)', trim: 'TRIM(s)', ltrim: 'LTRIM(s)', rtrim: "TRIM(TRAILING 'x' FROM s)",
  substring: 'SUBSTR(s, 2)', position: "LOCATE('x', s)", replace: "REPLACE(s, 'a', 'b')", left: 'LEFT(s, 2)', right: 'RIGHT(s, 2)',
  lpad: "LPAD(s, 5, '0')", rpad: "RPAD(s, 5, '0')", repeat: 'REPEAT(s, 2)', reverse: 'REVERSE(s)', initcap: 'INITCAP(s)',
  'split-index': "SPLIT_INDEX(s, ',', 0)", 'regexp-replace': "REGEXP_REPLACE(s, 'a', 'b')", 'regexp-extract': "REGEXP_EXTRACT(s, '(a)', 1)",
  md5: 'MD5(s)', sha256: 'SHA256(s)', 'json-value': "JSON_VALUE(s, '$.a')", 'json-exists': "JSON_EXISTS(s, '$.a')",
  'datetime-plus': "ts + INTERVAL '1' DAY", 'datetime-diff-ms': 'TIMESTAMPDIFF(SECOND, ts, ts)', extract: 'EXTRACT(YEAR FROM ts)',
  'date-trunc': 'FLOOR(ts TO MONTH)', 'to-timestamp-ltz': 'TO_TIMESTAMP_LTZ(l, 0)', 'to-timestamp': 'TO_TIMESTAMP(s)',
  'local-time': "CONVERT_TZ(s, 'UTC', 'Europe/Berlin')", instant: "CONVERT_TZ(s, 'UTC', '+01:00')",
  'datetime-diff-months': 'TIMESTAMPDIFF(MONTH, ts, ts)',
  'date-format': "DATE_FORMAT(ts, 'yyyy')", 'unix-timestamp': 'UNIX_TIMESTAMP(s)', 'from-unixtime': 'FROM_UNIXTIME(l)',
  'current-watermark': 'CURRENT_WATERMARK(ts)', 'current-timestamp': 'NOW()', proctime: 'PROCTIME()', 'current-date': 'CURRENT_DATE',
  row: 'ROW(i, s)', array: 'ARRAY[i, 1]', map: "MAP['a', i]", 'row-field': 't.ro.a', 'array-element': 'ar[1]', 'map-element': "mp['a']",
  cardinality: 'CARDINALITY(ar)', element: 'ELEMENT(ar)', 'array-contains': 'ARRAY_CONTAINS(ar, 1)', 'array-position': 'ARRAY_POSITION(ar, 1)',
  'array-distinct': 'ARRAY_DISTINCT(ar)', 'array-remove': 'ARRAY_REMOVE(ar, 1)', 'array-reverse': 'ARRAY_REVERSE(ar)',
  'array-slice': 'ARRAY_SLICE(ar, 1, 2)', 'array-union': 'ARRAY_UNION(ar, ar)', 'array-intersect': 'ARRAY_INTERSECT(ar, ar)',
  'array-except': 'ARRAY_EXCEPT(ar, ar)', 'array-concat': 'ARRAY_CONCAT(ar, ar)', 'array-append': 'ARRAY_APPEND(ar, 1)',
  'array-prepend': 'ARRAY_PREPEND(ar, 1)', 'array-max': 'ARRAY_MAX(ar)', 'array-min': 'ARRAY_MIN(ar)', 'array-sort': 'ARRAY_SORT(ar)',
  'array-join': "ARRAY_JOIN(st, ',')", 'map-keys': 'MAP_KEYS(mp)', 'map-values': 'MAP_VALUES(mp)', 'map-entries': 'MAP_ENTRIES(mp)',
  'map-from-arrays': 'MAP_FROM_ARRAYS(st, ar)', 'map-union': 'MAP_UNION(mp, mp)', 'multiset-elements': 'ELEMENT(CAST(NULL AS MULTISET<INT>))', split: "SPLIT(s, ',')", 'str-to-map': 'STR_TO_MAP(s)',
  log2: 'LOG2(d)', sin: 'SIN(d)', cos: 'COS(d)', tan: 'TAN(d)', cot: 'COT(d)', sinh: 'SINH(d)', cosh: 'COSH(d)', tanh: 'TANH(d)',
  asin: 'ASIN(d)', acos: 'ACOS(d)', atan: 'ATAN(d)', atan2: 'ATAN2(d, 1)', degrees: 'DEGREES(d)', radians: 'RADIANS(d)', bin: 'BIN(l)',
  hex: 'HEX(l)', unhex: 'UNHEX(s)', rand: 'RAND()', 'rand-integer': 'RAND_INTEGER(9)', uuid: 'UUID()',
  sha1: 'SHA1(s)', sha224: 'SHA224(s)', sha384: 'SHA384(s)', sha512: 'SHA2(s, 512)', overlay: "OVERLAY(s PLACING 'x' FROM 2 FOR 1)",
  translate: "TRANSLATE(s, 'ab', 'x')", 'regexp-count': "REGEXP_COUNT(s, 'a')", 'regexp-instr': "REGEXP_INSTR(s, 'a')",
  'regexp-extract-all': "REGEXP_EXTRACT_ALL(s, '(a)')", 'to-base64': 'TO_BASE64(s)', 'from-base64': 'FROM_BASE64(s)', ascii: 'ASCII(s)',
  chr: 'CHR(i)', encode: "ENCODE(s, 'UTF-8')", decode: "DECODE(ENCODE(s, 'UTF-8'), 'UTF-8')", 'url-encode': 'URL_ENCODE(s)',
  'url-decode': 'URL_DECODE(s)', 'parse-url': "PARSE_URL(s, 'HOST')", elt: "ELT(i, s, 'b')", instr: "INSTR(s, 'a', -1, 2)", 'starts-with': "STARTSWITH(s, 'a')",
  'ends-with': "ENDSWITH(s, 'a')", 'is-alpha': 'IS_ALPHA(s)', 'is-decimal': 'IS_DECIMAL(s)', 'is-digit': 'IS_DIGIT(s)',
  'json-query': "JSON_QUERY(s, '$.a')", 'json-item': 'JSON_ARRAYAGG(i)', 'json-elements': 'JSON_ARRAYAGG(i)', 'json-member': 'JSON_OBJECTAGG(s VALUE i)', 'json-members': 'JSON_OBJECTAGG(s VALUE i)',
  'value-code': 'APPROX_COUNT_DISTINCT(ar)', 'value-of-code': 'ELEMENT(ar) FROM (SELECT ar FROM t GROUP BY ar) AS t --',
  'json-text': 'JSON(s)', 'json-items': "JSON_QUERY(s, '$.a' RETURNING ARRAY<STRING>)", 'json-quote': 'JSON_QUOTE(s)', 'json-unquote': 'JSON_UNQUOTE(s)', 'json-string': 'JSON_STRING(ro)',
  'to-date': 'TO_DATE(s)', 'json-outcome': "JSON_VALUE(s, '$.a' DEFAULT 'x' ON EMPTY)", 'json-fail': "JSON_VALUE(s, '$.a' ERROR ON ERROR)",
  'is-json': 's IS JSON OBJECT', 'json-object': "JSON_OBJECT('a' VALUE i)", 'json-array': 'JSON_ARRAY(i, s)',
}; // biome-ignore format: a table

describe('every function of the plan can be written in SQL', () => {
  it.each([...SCALAR_FUNCTIONS])('%s', (name) => {
    const { preview, diagnostics } = compile(`${TABLE}SELECT ${CALLS[name] ?? 'no case'} AS x FROM t`);
    expect(diagnostics).toEqual([]);
    expect(JSON.stringify(preview)).toContain(`"name":"${name}"`);
  });

  it('every function has a signature that begins with its name, and one sentence of help', () => {
    for (const { name, signatures, help } of FUNCTIONS) {
      expect(signatures.length, name).toBeGreaterThan(0);
      for (const signature of signatures) expect(signature.startsWith(name), signature).toBe(true);
      expect(help, name).toMatch(/\.$/);
    }
    expect(new Set(FUNCTIONS.map(({ name }) => name)).size).toBe(FUNCTIONS.length);
  });
});
