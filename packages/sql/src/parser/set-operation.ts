import type { QueryBody } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** More queries beside each other would only slow the editor. */
const OPERANDS_MAX = 200;

/** term {UNION|EXCEPT [ALL|DISTINCT] term}, left to right; INTERSECT binds more strongly. UNION ALL chains are one node. */
export function parseSetOperations(cursor: Cursor, parseTerm: () => QueryBody): QueryBody {
  let operands = 1;
  const parseOperands = (words: readonly string[], parseOperand: () => QueryBody): QueryBody => {
    let left = parseOperand();
    while (cursor.is(...words)) {
      const operator = cursor.advance();
      const all = cursor.accept('ALL');
      if (!all) cursor.accept('DISTINCT');
      const operatorSpan = cursor.since(operator);
      operands += 1;
      if (operands > OPERANDS_MAX) {
        const message = `More than ${OPERANDS_MAX} queries put together by UNION, INTERSECT and EXCEPT: split the job.`;
        cursor.refuse('sql.too-large', operatorSpan, message);
      }
      const right = parseOperand();
      const span = cursor.since(left);
      if (operator.word === 'UNION' && all) {
        const inputs = left.kind === 'union' ? [...left.inputs, right] : [left, right];
        left = { kind: 'union', inputs, ...span };
      } else {
        left = { kind: 'set-operation', operator: operatorOf(operator.word), operatorSpan, all, left, right, ...span };
      }
    }
    return left;
  };
  return parseOperands(['UNION', 'EXCEPT', 'MINUS'], () => parseOperands(['INTERSECT'], parseTerm));
}

function operatorOf(word: string): 'UNION' | 'INTERSECT' | 'EXCEPT' {
  if (word === 'UNION' || word === 'INTERSECT') return word;
  return 'EXCEPT';
}
