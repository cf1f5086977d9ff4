import type { Expr } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** Handed in, because the expression grammar and this file need each other. */
type ExpressionParser = () => Expr;

/** `[index]` or `.field` behind a value; undefined when neither stands here. */
export function parseAccess(cursor: Cursor, arg: Expr, expression: ExpressionParser): Expr | undefined {
  if (cursor.accept('[')) {
    const index = expression();
    if (!cursor.accept(']')) cursor.fail(']');
    return cursor.node({ kind: 'element', arg, index, from: arg.from, to: cursor.previous.to }, arg, index);
  }
  if (arg.kind !== 'column' && cursor.is('.')) {
    cursor.advance();
    const name = cursor.name('a field name');
    return cursor.node({ kind: 'field', arg, name, from: arg.from, to: name.to }, arg);
  }
  return undefined;
}

/** ARRAY[a, ...], MAP[k, v, ...], ROW(a, ...); undefined when none of them begins here. */
export function parseConstructor(cursor: Cursor, expression: ExpressionParser): Expr | undefined {
  const first = cursor.token;
  const open = cursor.ahead(1).word;
  const isRow = first.word === 'ROW' && open === '(';
  if (!isRow && !((first.word === 'ARRAY' || first.word === 'MAP') && open === '[')) return undefined;
  const close = isRow ? ')' : ']';
  cursor.advance();
  cursor.advance();
  const items = cursor.is(close) ? [] : cursor.list(expression);
  if (!cursor.accept(close)) cursor.fail(`, or ${close}`);
  const type = isRow ? 'ROW' : first.word === 'MAP' ? 'MAP' : 'ARRAY';
  const span = cursor.since(first);
  if (items.length === 0) {
    cursor.refuse('sql.wrong-arguments', span, `An empty ${type} has no type: write CAST(NULL AS ${type} ...).`);
  }
  if (type === 'MAP' && items.length % 2 !== 0) {
    cursor.refuse('sql.wrong-arguments', span, 'MAP[...] takes pairs: a value for every key.');
  }
  return cursor.node({ kind: 'constructor', type, items, ...span }, ...items);
}

/** After `(`: a query, one value, or a row of values. */
export function parseParenthesised(cursor: Cursor, expression: ExpressionParser): Expr {
  const first = cursor.previous;
  if (cursor.atQuery) {
    const query = cursor.query();
    cursor.expect(')');
    return { kind: 'scalar-query', query, ...cursor.since(first) };
  }
  const items = cursor.list(expression);
  cursor.expect(')');
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  return cursor.node({ kind: 'constructor', type: 'ROW', items, ...cursor.since(first) }, ...items);
}

/** EXISTS (query) */
export function parseExists(cursor: Cursor): Expr {
  const first = cursor.expect('EXISTS');
  cursor.expect('(');
  if (!cursor.atQuery) cursor.fail('a query', ['SELECT', 'WITH']);
  const query = cursor.query();
  cursor.expect(')');
  return { kind: 'exists', query, ...cursor.since(first) };
}
