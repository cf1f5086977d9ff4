import { formatDataType } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { complete } from './editor/complete.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const TABLES = `
CREATE TABLE t (i INT, l BIGINT NOT NULL, x DOUBLE, dec DECIMAL(10, 2), s STRING, f BOOLEAN, da DATE, tm TIME(3), ts TIMESTAMP(3),
  tz TIMESTAMP_LTZ(3), d INTERVAL DAY TO SECOND, m INTERVAL YEAR TO MONTH, r ROW<d INTERVAL DAY, m INTERVAL MONTH>) WITH ('connector' = 'kafka');
`;

function compiled(text: string) {
  const { preview, plan, answer, diagnostics } = compile(`${TABLES}${text};`);
  return { preview, plan, answer, told: diagnostics.map(({ severity, message }) => `${severity}: ${message}`) };
}

function typeOf(expression: string): string {
  const { preview, told } = compiled(`SELECT ${expression} AS x FROM t`);
  const type = preview?.nodes.at(-1)?.schema.fields[0]?.type;
  return type === undefined ? (told[0] ?? 'nothing') : formatDataType(type);
}

describe('an INTERVAL is declared with any units, and is of months or of milliseconds', () => {
  it.each([
    ['YEAR', 'MONTH'], ['YEAR(4)', 'MONTH'], ['YEAR TO MONTH', 'MONTH'], ['YEAR(2) TO MONTH', 'MONTH'], ['QUARTER', 'MONTH'], ['MONTHS', 'MONTH'],
    ['WEEK', 'SECOND(3)'], ['DAY', 'SECOND(3)'], ['DAY(3)', 'SECOND(3)'], ['DAY TO HOUR', 'SECOND(3)'], ['DAY TO MINUTE', 'SECOND(3)'],
    ['DAY(3) TO SECOND(6)', 'SECOND(3)'], ['HOUR', 'SECOND(3)'], ['HOUR(2) TO MINUTE', 'SECOND(3)'], ['HOUR TO SECOND(0)', 'SECOND(3)'],
    ['MINUTE TO SECOND(9)', 'SECOND(3)'], ['MINUTES', 'SECOND(3)'], ['SECOND', 'SECOND(3)'], ['SECOND(3)', 'SECOND(3)'], ['SECOND(2, 3)', 'SECOND(3)'],
  ])('INTERVAL %s is INTERVAL %s', (units, shown) => {
    const { answer, told } = compiled(`CREATE TABLE c (a INTERVAL ${units}, b INTERVAL ${units} NOT NULL) WITH ('connector' = 'print'); DESCRIBE c`);
    expect(told).toEqual([]);
    expect(answer?.kind === 'rows' && answer.rows.map(([, type]) => type)).toEqual([`INTERVAL ${shown}`, `INTERVAL ${shown} NOT NULL`]);
    expect(typeOf(`CAST(NULL AS ARRAY<INTERVAL ${units}>)`)).toBe(`ARRAY<INTERVAL ${shown}>`);
    expect(typeOf(`CAST(NULL AS INTERVAL ${shown})`)).toBe(`INTERVAL ${shown}`);
  }); // biome-ignore format: a table

  it('completion offers the type, its units, and what may follow the first of them', () => {
    const labels = (text: string) => complete(text, text.length, {}).items.map(({ label }) => label);
    expect(labels('CREATE TABLE c (a ')).toContain('INTERVAL');
    expect(labels('CREATE TABLE c (a INTERVAL ')).toEqual(expect.arrayContaining(['DAY', 'MONTH', 'SECOND', 'YEAR']));
    expect(labels('CREATE TABLE c (a INTERVAL DAY TO ')).toEqual(['HOUR', 'MINUTE', 'SECOND']);
  });
});

const DAY_TIME = 'INTERVAL SECOND(3)';
const YEAR_MONTH = 'INTERVAL MONTH';

describe('types of INTERVALs are derived as Flink derives them', () => {
  it.each([
    ["INTERVAL '1' DAY", `${DAY_TIME} NOT NULL`],
    ["INTERVAL '1-6' YEAR TO MONTH", `${YEAR_MONTH} NOT NULL`],
    ['INTERVAL 5 DAY', `${DAY_TIME} NOT NULL`],
    ['INTERVAL i MONTH', YEAR_MONTH],
    ['INTERVAL (i + 1) HOURS', DAY_TIME],
    ['INTERVAL -l SECOND', `${DAY_TIME} NOT NULL`],
    ['d', DAY_TIME],
    ['-m', YEAR_MONTH],
    ['+d', DAY_TIME],
    ['d + d', DAY_TIME],
    ["d - INTERVAL '1' HOUR", DAY_TIME],
    ['d * i', DAY_TIME],
    ['l * m', YEAR_MONTH],
    ['ts + d', 'TIMESTAMP(3)'],
    ['d + tz', 'TIMESTAMP_LTZ(3)'],
    ['ts - m', 'TIMESTAMP(3)'],
    ['da - d', 'DATE'],
    ['tm + d', 'TIME(3)'],
    ['(ts - ts) DAY TO SECOND', DAY_TIME],
    ['(tz - tz) HOUR(3)', DAY_TIME],
    ['(da - da) YEAR TO MONTH', YEAR_MONTH],
    ['(tm - tm) MINUTES', DAY_TIME],
    ['(ts - ts) DAY + d', DAY_TIME],
    ["COALESCE(m, INTERVAL '1' YEAR)", `${YEAR_MONTH} NOT NULL`],
    ['NULLIF(d, d)', DAY_TIME],
    ["IF(f, d, INTERVAL '1' DAY)", DAY_TIME],
    ['CASE WHEN f THEN m END', YEAR_MONTH],
    ['GREATEST(d, d)', DAY_TIME],
    ['EXTRACT(DAY FROM d)', 'BIGINT'],
    ['YEAR(m)', 'BIGINT'],
    ['CAST(d AS STRING)', 'STRING'],
    ['CAST(d AS BIGINT)', 'BIGINT'],
    ['CAST(m AS TINYINT)', 'TINYINT'],
    ['CAST(d AS DECIMAL(20, 3))', 'DECIMAL(20, 3)'],
    ['CAST(d AS INTERVAL HOUR)', DAY_TIME],
    ['r.d', DAY_TIME],
    ['ARRAY[d, d]', `ARRAY<${DAY_TIME}> NOT NULL`],
    ["MAP['k', m]", `MAP<STRING NOT NULL, ${YEAR_MONTH}> NOT NULL`],
    ['CAST(r AS ROW<a STRING, b STRING>)', 'ROW<a STRING, b STRING>'],
    ['d < d', 'BOOLEAN'],
    ['m IS DISTINCT FROM m', 'BOOLEAN NOT NULL'],
    ['MIN(d)', DAY_TIME],
    ['COLLECT(m)', `MULTISET<${YEAR_MONTH}>`],
    ['TYPEOF(m)', 'STRING NOT NULL'],
  ])('%s is %s', (expression, type) => {
    expect(typeOf(expression)).toBe(type);
  });

  it('a number that is cast counts months or milliseconds, and its author is told', () => {
    const { preview, told } = compiled('SELECT CAST(i AS INTERVAL DAY), TRY_CAST(l AS INTERVAL YEAR) FROM t');
    expect(preview).toBeDefined();
    expect(told).toEqual([
      "warning: The number counts milliseconds, whatever the unit of the INTERVAL; so many of another unit are n * INTERVAL '1' DAY.",
      "warning: The number counts months, whatever the unit of the INTERVAL; so many of another unit are n * INTERVAL '1' YEAR.",
    ]);
  });

  it('a sink takes an INTERVAL as the number it counts, and a number as an INTERVAL, as in Flink', () => {
    const sink =
      "CREATE TABLE sink (a BIGINT, b DECIMAL(20, 0), c INTERVAL DAY, d INTERVAL MONTH) WITH ('connector' = 'print');";
    const { plan, told } = compiled(`${sink} INSERT INTO sink SELECT d, m, l, m FROM t`);
    expect(told).toEqual([]);
    expect(plan).toBeDefined();
  });
});

const CASES: readonly WrongStatement[] = [
  ["CREATE TABLE c (a INTERVAL«)» WITH ('connector' = 'print')", 'sql.syntax', 'Expected a unit of INTERVAL: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND but found ).'],
  ["CREATE TABLE c (a INTERVAL YEAR TO «DAY») WITH ('connector' = 'print')", 'sql.syntax', 'Expected a unit of INTERVAL: MONTH but found DAY.'],
  ["CREATE TABLE c (a INTERVAL DAY TO «SECND») WITH ('connector' = 'print')", 'sql.syntax', 'Expected a unit of INTERVAL: HOUR, MINUTE, SECOND but found SECND. Did you mean SECOND?'],
  ["CREATE TABLE c (a INTERVAL DAY(«11»)) WITH ('connector' = 'print')", 'sql.invalid-type', 'The digits of a unit of INTERVAL are 1 to 10.'],
  ["CREATE TABLE c (a INTERVAL DAY TO SECOND(«10»)) WITH ('connector' = 'print')", 'sql.invalid-type', 'The digits of a unit of INTERVAL are 0 to 9.'],
  ["SELECT «d + m» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) + INTERVAL MONTH is not defined: add an INTERVAL to a time, or use TIMESTAMPDIFF.'],
  ["SELECT «d * x» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) * DOUBLE is not defined: an INTERVAL is multiplied by a whole number; CAST it to BIGINT for anything else.'],
  ["SELECT «m / 2» FROM t", 'sql.type-mismatch', 'INTERVAL MONTH / INT is not defined: an INTERVAL is multiplied by a whole number; CAST it to BIGINT for anything else.'],
  ["SELECT «d < m» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) cannot be compared with INTERVAL MONTH: a month has no number of days, so add both to a time.'],
  ["SELECT «d = 7» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) cannot be compared with INT: use CAST to make both one type.'],
  ["SELECT «(i - 1) DAY» FROM t", 'sql.type-mismatch', '(INT - INT) with a unit behind it is the INTERVAL between two times; to name a column write AS before the name.'],
  ["SELECT «(ts - tz) DAY» FROM t", 'sql.type-mismatch', 'The INTERVAL between TIMESTAMP(3) and TIMESTAMP_LTZ(3): use CAST to make both one type.'],
  ["SELECT «d - ts» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) - TIMESTAMP(3) is not defined: add an INTERVAL to a time, or use TIMESTAMPDIFF.'],
  ["SELECT «CAST(s AS INTERVAL DAY)» FROM t", 'sql.type-mismatch', "STRING cannot be cast to INTERVAL SECOND(3). Make one of a number: CAST(text AS INT) * INTERVAL '1' SECOND."],
  ["SELECT «CAST(x AS INTERVAL DAY)» FROM t", 'sql.type-mismatch', 'DOUBLE cannot be cast to INTERVAL SECOND(3). Make one of a whole number: CAST(x AS BIGINT).'],
  ["SELECT «CAST(d AS INTERVAL MONTH)» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) cannot be cast to INTERVAL MONTH. A month has no number of days: add both to a time.'],
  ["SELECT «CAST(d AS DOUBLE)» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) cannot be cast to DOUBLE. Cast it to BIGINT first.'],
  ["SELECT «CAST(m AS TIMESTAMP(3))» FROM t", 'sql.type-mismatch', 'INTERVAL MONTH cannot be cast to TIMESTAMP(3). Add it to a time.'],
  ["SELECT «CAST(d AS BOOLEAN)» FROM t", 'sql.type-mismatch', 'INTERVAL SECOND(3) cannot be cast to BOOLEAN.'],
  ["SELECT CASE WHEN f THEN d ELSE «m» END FROM t", 'sql.type-mismatch', 'CASE mixes INTERVAL SECOND(3) and INTERVAL MONTH: a month has no number of days, so add both to a time.'],
  ["SELECT d FROM t UNION ALL «SELECT m FROM t»", 'sql.type-mismatch', 'Column 1 (d) of UNION ALL mixes INTERVAL SECOND(3) and INTERVAL MONTH: a month has no number of days, so add both to a time.'],
  ["SELECT SUM(«d») FROM t", 'sql.type-mismatch', "SUM takes a number, not INTERVAL SECOND(3): use CAST."],
  ["SELECT EXTRACT(«MONTH» FROM d) FROM t", 'sql.wrong-arguments', 'INTERVAL SECOND(3) has the parts DAY, HOUR, MINUTE, SECOND, MILLISECOND, not MONTH.'],
  ["CREATE TABLE sink (a STRING) WITH ('connector' = 'print'); INSERT INTO sink SELECT «d» FROM t", 'sql.sink-mismatch', 'Column a of sink is STRING, but column 1 of the query is INTERVAL SECOND(3): use CAST(... AS STRING).'],
  ["CREATE TABLE sink (a INTERVAL YEAR) WITH ('connector' = 'print'); INSERT INTO sink SELECT «d» FROM t", 'sql.sink-mismatch', 'Column a of sink is INTERVAL MONTH, but column 1 of the query is INTERVAL SECOND(3): a month has no number of days, so add both to a time.'],
]; // biome-ignore format: a table

describe('a wrong use of an INTERVAL is told at its place', () => {
  it.each(CASES)('%s', (...wrong) => expectTold(TABLES, wrong));
});
