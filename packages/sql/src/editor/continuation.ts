import { RESERVED } from '../keyword.ts';
import type { Token } from '../token.ts';

/** What may follow a table, by the clause order of a query. */
const AFTER_TABLE = [
  'AS',
  'JOIN',
  'LEFT JOIN',
  'RIGHT JOIN',
  'FULL JOIN',
  'CROSS JOIN',
  'ON',
  'FOR SYSTEM_TIME AS OF',
  'MATCH_RECOGNIZE',
  'WHERE',
  'GROUP BY',
  'ORDER BY',
  'LIMIT',
  'UNION ALL',
];
const AFTER_OPERAND = [
  'AS',
  'FROM',
  'AND',
  'OR',
  'IS NULL',
  'IS NOT NULL',
  'IN',
  'NOT IN',
  'BETWEEN',
  'LIKE',
  'OVER',
  'FILTER',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'JOIN',
  'LEFT JOIN',
  'WHERE',
  'GROUP BY',
  'HAVING',
  'ORDER BY',
  'LIMIT',
  'UNION ALL',
];
/** Reserved words that are values, or end one. */
const OPERANDS = new Set(['NULL', 'TRUE', 'FALSE', 'END', ')']);
const CLAUSE_STARTS = new Set(['SELECT', 'FROM', 'JOIN', 'ON', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'BY']);

/** The words that may follow what was just written, when that is complete in itself: a column, a value, a table. */
export function continuations(before: readonly Token[]): readonly string[] | undefined {
  const previous = before.at(-1);
  if (previous === undefined || !endsOperand(previous)) return undefined;
  const clause = clauseOf(before);
  return clause === 'FROM' || clause === 'JOIN' ? AFTER_TABLE : AFTER_OPERAND;
}

function endsOperand({ kind, word }: Token): boolean {
  if (kind === 'quoted' || kind === 'string' || kind === 'number' || OPERANDS.has(word)) return true;
  return kind === 'word' && !RESERVED.has(word);
}

/** The clause the end of `before` stands in, at its own depth of parentheses. */
function clauseOf(before: readonly Token[]): string | undefined {
  let depth = 0;
  for (const { word } of before.toReversed()) {
    if (word === ')') depth++;
    else if (word === '(' && --depth < 0) return undefined;
    else if (depth === 0 && CLAUSE_STARTS.has(word)) return word;
  }
  return undefined;
}
