import { expect, it } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const JSON_TEXT = `'{"a": {"b": [1, 2]}, "n": 1.50, "z": null}'`;

/** Expressions over one row, and what Flink 2.1 documents for them. `j` is a JSON text, `ts` 2026-11-24 12:34:56.789, `nothing` NULL. */
const CASES: readonly (readonly [expression: string, answer: string])[] = [
  [`JSON_VALUE(j, '$.n')`, '1.50'],
  [`JSON_VALUE(j, '$.x' DEFAULT 'none' ON EMPTY)`, 'none'],
  [`JSON_VALUE(j, '$.a' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)`, 'none'],
  [`JSON_VALUE(j, 'strict $.x' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)`, 'bad'],
  [`JSON_VALUE('{"n": ', '$.n' DEFAULT 'bad' ON ERROR)`, 'bad'],
  [`JSON_VALUE(j, '$.x' RETURNING INT DEFAULT 7 ON EMPTY) + 1`, '8'],
  [`JSON_VALUE(nothing, '$.x' DEFAULT 'none' ON EMPTY)`, 'NULL'],
  [`JSON_QUERY(j, '$.a.b')`, '[1, 2]'],
  [`JSON_QUERY(j, '$.n')`, 'NULL'],
  [`JSON_QUERY(j, '$.n' WITH WRAPPER)`, '[1.50]'],
  [`JSON_QUERY(j, '$.a.b' WITH CONDITIONAL ARRAY WRAPPER)`, '[1, 2]'],
  [`JSON_QUERY(j, '$.a.b' WITH UNCONDITIONAL WRAPPER)`, '[[1, 2]]'],
  [`JSON_QUERY(j, '$.x' EMPTY ARRAY ON EMPTY)`, '[]'],
  [`JSON_QUERY('x', '$.x' EMPTY OBJECT ON ERROR)`, '{}'],
  [`JSON_EXISTS(j, '$.a.b')`, 'TRUE'],
  [`JSON_EXISTS('x', '$.a' TRUE ON ERROR)`, 'TRUE'],
  [`JSON_EXISTS('x', '$.a' UNKNOWN ON ERROR)`, 'NULL'],
  [`JSON_OBJECT('a' VALUE 1, KEY 'b' VALUE nothing)`, '{"a":1,"b":null}'],
  [`JSON_OBJECT('a' VALUE 1, 'b' VALUE nothing ABSENT ON NULL)`, '{"a":1}'],
  [`JSON_OBJECT('in' VALUE JSON_ARRAY(1, nothing, 'x'))`, '{"in":[1,"x"]}'],
  [`JSON_ARRAY(1, nothing NULL ON NULL)`, '[1,null]'],
  ['JSON_OBJECT()', '{}'],
  ['j IS JSON', 'TRUE'],
  ['j IS JSON ARRAY', 'FALSE'],
  ['nothing IS NOT JSON', 'TRUE'],
  [`CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')`, '1969-12-31 16:00:00'],
  [`LOCATE('a', 'banana', 3)`, '4'],
  [`TIMESTAMPDIFF(MONTH, TIMESTAMP '2025-11-24 12:34:57', ts)`, '11'],
  [`TIMESTAMPDIFF(QUARTER, TIMESTAMP '2025-11-24 12:34:56', ts)`, '4'],
  [`TIMESTAMPDIFF(YEAR, TIMESTAMP '2020-01-01 00:00:00', ts)`, '6'],
  ['CEIL(ts TO HOUR)', '2026-11-24 13:00:00.000'],
  ['CEIL(ts TO MONTH)', '2026-12-01 00:00:00.000'],
  ['CEIL(ts TO QUARTER)', '2027-01-01 00:00:00.000'],
  ['CEIL(FLOOR(ts TO DAY) TO DAY)', '2026-11-24 00:00:00.000'],
  ['EXTRACT(ISODOW FROM ts)', '2'],
  ['EXTRACT(CENTURY FROM ts)', '21'],
]; // biome-ignore format: a table

const SEPARATOR = '|';

it('functions that are more than a call give what Flink documents', async () => {
  const selected = CASES.map(([expression]) => `COALESCE(CAST(${expression} AS STRING), 'NULL')`);
  const answers = await previewAnswerOf(
    `SELECT CONCAT_WS('${SEPARATOR}', ${selected.join(', ')}) FROM (VALUES (${JSON_TEXT}, TIMESTAMP '2026-11-24 12:34:56.789', CAST(NULL AS STRING))) AS t (j, ts, nothing)`,
  );
  expect(answers).toHaveLength(1);
  const parts = answers[0]?.split(SEPARATOR) ?? [];
  expect(CASES.map(([expression], at) => [expression, parts[at]])).toEqual(CASES.map(([...each]) => each));
});
