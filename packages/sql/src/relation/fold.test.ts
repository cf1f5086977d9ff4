import { explainPlan } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';

const TABLE = `CREATE TABLE t (i INT, n BIGINT, b BOOLEAN, s STRING, y DATE) WITH ('connector' = 'datagen');\n`;

function planOf(query: string): string {
  const { preview, diagnostics } = compile(TABLE + query);
  if (preview === undefined) throw new Error(diagnostics[0]?.message);
  return explainPlan(preview);
}

/** What the only projection computes. */
function computed(expression: string): string {
  return /^ {2}c = (.*)$/m.exec(planOf(`SELECT ${expression} AS c, i FROM t`))?.[1] ?? 'c';
}

/** What is left of a condition: of the filter above the source, which gets it as well. */
function left(condition: string): string {
  const plan = planOf(`SELECT i FROM t WHERE ${condition}`);
  if (plan.includes('(values)')) return 'nothing is read';
  return /^ {2}where (.*)$/m.exec(plan)?.[1] ?? 'all rows';
}

describe('what depends on constants alone is computed once, when the result is beyond doubt', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['2.50 * 2 - 1', '4.00'],
    ['NOT (1 < 2 AND 3 > 2)', 'FALSE'],
    ["'a' < 'b' OR b", 'TRUE'],
    ["'a' = 'b'", 'FALSE'],
    ["DATE '2026-01-01' < DATE '2026-01-02'", 'TRUE'],
    ['9007199254740993 > 9007199254740992', 'TRUE'],
    ['CAST(1 AS BIGINT) = CAST(1.00 AS DECIMAL(10, 2))', 'TRUE'],
    ['CASE WHEN 1 > 2 THEN i WHEN 2 > 1 THEN 5 ELSE 6 END', '5'],
    ['CASE WHEN b THEN 1 WHEN TRUE THEN 2 WHEN i > 3 THEN 4 ELSE 5 END', 'CASE WHEN b THEN 1 ELSE 2 END'],
    ['CASE WHEN NULL THEN 1 WHEN b THEN 2 ELSE 3 END', 'CASE WHEN b THEN 2 ELSE 3 END'],
    ['COALESCE(NULL, i, 7, n)', 'COALESCE(CAST(i AS BIGINT), 7)'],
    ['COALESCE(NULL, 7, 8)', '7'],
    ['CAST(NULL AS INT) IS NULL', 'TRUE'],
    ['(1 = 1) IS NOT TRUE', 'FALSE'],
    ['3 IN (1, 2, 3)', 'TRUE'],
    ["'x' NOT IN ('a', 'b')", 'TRUE'],
    ['1 IS DISTINCT FROM NULL', 'TRUE'],
    ['5 BETWEEN 1 AND 1 + 4', 'TRUE'],
    ['n > CAST(NULL AS BIGINT)', 'NULL'],
    ['i + CAST(NULL AS INT)', 'NULL'],
  ])('%s is %s', (expression, expected) => {
    expect(computed(expression)).toBe(expected);
  });
});

describe('what may fail, and what a function says, is left to run time', () => {
  it.each([
    ['1 / 0', '1 / 0'],
    ["CAST('x' AS INT)", "CAST('x' AS INT)"],
    ['2147483647 + 1', '2147483647 + 1'],
    ['1 / 0 = CAST(NULL AS INT)', '(1 / 0) = NULL'],
    ["UPPER('a')", "UPPER('a')"],
    ["'\u{10000}' > 'z'", 'TRUE'],
  ])('%s stays %s', (expression, expected) => {
    expect(computed(expression)).toBe(expected);
  });
});

describe('a condition is asked only whether it is true', () => {
  it.each([
    ['TRUE', 'all rows'],
    ['1 = 1 AND i > 2 AND NOT FALSE', 'i > 2'],
    ['i > 2 OR NULL', 'i > 2'],
    ['NOT (i > 2 AND NULL)', 'NOT((i > 2) AND NULL)'],
    ['FALSE', 'nothing is read'],
    ['i > 2 AND 1 > 2', 'nothing is read'],
    ['b AND CAST(NULL AS BOOLEAN)', 'nothing is read'],
    ['i = CAST(NULL AS INT)', 'nothing is read'],
  ])('WHERE %s: %s', (condition, expected) => {
    expect(left(condition)).toBe(expected);
  });

  it('what is never true leaves out the part of a UNION ALL, the side of a join, the groups above it', () => {
    const never = '(SELECT * FROM t WHERE 1 > 2)';
    expect(planOf(`SELECT i FROM t UNION ALL SELECT i FROM ${never}`).match(/^source/gm)).toHaveLength(1);
    for (const query of [
      `SELECT s, COUNT(*) FROM ${never} GROUP BY s`,
      `SELECT a.i FROM t AS a JOIN ${never} AS x ON a.i = x.i`,
      `SELECT i FROM t WHERE i IN (SELECT n FROM ${never})`,
    ])
      expect(planOf(query)).toContain('(values)');
    expect(planOf(`SELECT a.i FROM t AS a LEFT JOIN ${never} AS x ON a.i = x.i`)).not.toContain('(values)');
  });
});
