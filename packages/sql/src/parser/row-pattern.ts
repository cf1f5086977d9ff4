import type { PatternExpr } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** A quantifier {n} beyond this would make an automaton nobody can afford. */
const REPETITIONS_MAX = 1_000;

/** alternation := sequence {'|' sequence}; sequence := repeat {repeat}; repeat := (variable | '(' alternation ')') [quantifier] */
export function parsePattern(cursor: Cursor): PatternExpr {
  return cursor.nested(() => {
    const first = parseSequence(cursor);
    const parts = [first];
    while (cursor.accept('|')) parts.push(parseSequence(cursor));
    return parts.length === 1 ? first : { kind: 'alternation', parts, ...cursor.since(first) };
  });
}

function parseSequence(cursor: Cursor): PatternExpr {
  const first = parseRepeat(cursor);
  const parts = [first];
  while (startsPart(cursor)) parts.push(parseRepeat(cursor));
  return parts.length === 1 ? first : { kind: 'sequence', parts, ...cursor.since(first) };
}

function startsPart(cursor: Cursor): boolean {
  return cursor.is('(', '{') || cursor.token.kind === 'word' || cursor.token.kind === 'quoted';
}

function parseRepeat(cursor: Cursor): PatternExpr {
  const part = parsePrimary(cursor);
  const bounds = parseBounds(cursor);
  if (bounds === undefined) return part;
  const greedy = !cursor.accept('?');
  return { kind: 'repeat', part, ...bounds, greedy, ...cursor.since(part) };
}

function parsePrimary(cursor: Cursor): PatternExpr {
  const first = cursor.token;
  if (cursor.accept('(')) {
    const inner = parsePattern(cursor);
    if (!cursor.accept(')')) cursor.fail('a pattern variable, a quantifier or )');
    return { ...inner, ...cursor.since(first) };
  }
  if (cursor.is('PERMUTE') && cursor.ahead(1).word === '(') {
    cursor.unsupported(first, 'PERMUTE', 'write the orders with |');
  }
  if (cursor.is('^', '$'))
    cursor.unsupported(first, `The anchor ${first.text}`, 'a stream has no first and no last row');
  if (cursor.is('{')) cursor.unsupported(first, 'An exclusion {- -}', 'leave the variable out of MEASURES');
  const name = cursor.name('a pattern variable');
  return { kind: 'variable', name, from: name.from, to: name.to };
}

/** '*' | '+' | '?' | '{' n '}' | '{' n ',' [m] '}' | '{' ',' m '}' */
function parseBounds(cursor: Cursor): { readonly min: number; readonly max: number | undefined } | undefined {
  if (cursor.accept('*')) return { min: 0, max: undefined };
  if (cursor.accept('+')) return { min: 1, max: undefined };
  if (cursor.accept('?')) return { min: 0, max: 1 };
  if (!cursor.is('{') || cursor.ahead(1).word === '-') return undefined;
  const first = cursor.advance();
  const from = cursor.is(',') ? undefined : parseCount(cursor);
  let max = from;
  if (cursor.accept(',')) max = cursor.is('}') ? undefined : parseCount(cursor);
  else if (from === undefined) cursor.fail('a number');
  if (!cursor.accept('}')) cursor.fail('}');
  const span = cursor.since(first);
  const min = from ?? 0;
  if (max === 0 || (max !== undefined && max < min)) {
    cursor.refuse(
      'sql.invalid-literal',
      span,
      'The greatest number of repetitions is at least 1 and not below the least.',
    );
  }
  return { min, max };
}

function parseCount(cursor: Cursor): number {
  const { token } = cursor;
  if (token.kind !== 'number' || !/^\d{1,9}$/.test(token.text)) cursor.fail('a whole number');
  const count = Number(token.text);
  if (count > REPETITIONS_MAX) {
    cursor.refuse('sql.too-large', token, `A pattern repeats a variable at most ${REPETITIONS_MAX} times.`);
  }
  cursor.advance();
  return count;
}
