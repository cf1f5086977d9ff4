import { Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import { Expected } from '../parser/expected.ts';
import { expectedAfter } from '../parser/script.ts';
import type { Token } from '../token.ts';

const CLAUSES = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'UNION', 'EXCEPT', 'INTERSECT'];
/** Stands for everything before a clause: a query as simple as can be. */
const BEFORE_CLAUSE = tokenize('SELECT * FROM t', new Report('')).slice(0, -1);

/**
 * What the grammar takes after `before`. When something in front of it is wrong, the clause it stands in is taken alone, so
 * that writing goes on with help while an earlier part still waits to be mended.
 */
export function expectedAt(before: readonly Token[]): Expected {
  return expectedAfter(before) ?? inLastClause(before) ?? anyValue();
}

function inLastClause(before: readonly Token[]): Expected | undefined {
  const at = before.findLastIndex(({ word }) => CLAUSES.includes(word));
  const word = before[at]?.word;
  if (word === undefined) return undefined;
  if (word !== 'SELECT') {
    const clause = before.slice(at);
    return expectedAfter(word === 'FROM' ? [...BEFORE_CLAUSE.slice(0, 2), ...clause] : [...BEFORE_CLAUSE, ...clause]);
  }
  // The item that is being written; the ones before may be what is wrong.
  const comma = before.findLastIndex((token) => token.word === ',');
  return comma > at ? expectedAfter([...before.slice(at, at + 1), ...before.slice(comma + 1)]) : undefined;
}

function anyValue(): Expected {
  const expected = new Expected();
  expected.part('expression');
  return expected;
}
