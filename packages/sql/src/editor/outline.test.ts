import { expect, it } from 'vitest';
import { outline } from './outline.ts';

const SCRIPT = `SET 'a' = 'b';
CREATE TABLE t (a INT) WITH ('connector' = 'print');
CREATE VIEW v AS WITH x AS (SELECT a FROM t) SELECT * FROM x JOIN u ON x.a = u.a;
EXECUTE STATEMENT SET BEGIN
INSERT INTO t SELECT a FROM v WHERE a IN (SELECT a FROM w);
INSERT INTO s SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE));
END;
SELCT oops;
EXPLAIN SELECT * FROM t; SHOW CREATE TABLE t; DESCRIBE v; DROP VIEW IF EXISTS v; RESET;
SELECT 1;`;

it('an outline has every statement with its place, what it reads and what it writes, broken ones too', () => {
  expect(outline(SCRIPT).map(({ kind, label, reads, writes }) => [kind, label, [...reads], writes])).toEqual([
    ['setting', 'a', [], undefined],
    ['table', 't', [], undefined],
    ['view', 'v', ['t', 'u'], undefined],
    ['insert', 't', ['v', 'w'], 't'],
    ['insert', 's', ['t'], 's'],
    ['broken', 'SELCT oops', [], undefined],
    ['question', 'EXPLAIN', ['t'], undefined],
    ['question', 'SHOW t', [], undefined],
    ['question', 'DESCRIBE v', [], undefined],
    ['drop', 'v', [], undefined],
    ['setting', 'RESET', [], undefined],
    ['query', 'SELECT', [], undefined],
  ]);
});

it('the place of a statement is its text without the semicolon', () => {
  expect(
    outline(SCRIPT)
      .map(({ from, to }) => SCRIPT.slice(from, to))
      .at(1),
  ).toBe("CREATE TABLE t (a INT) WITH ('connector' = 'print')");
});
