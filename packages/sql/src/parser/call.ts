import type { Expr, NullTreatment } from '../ast.ts';
import type { Span } from '../source-text.ts';
import type { Cursor } from './cursor.ts';
import { parseOver } from './over.ts';
import { type ExpressionParsers, parseCallWithWords } from './special-call.ts';

/** name ( [DISTINCT] [* | args] [{IGNORE | RESPECT} NULLS] ) [FILTER (WHERE condition)] [{IGNORE | RESPECT} NULLS] [OVER window] */
export function parseCall(cursor: Cursor, parsers: ExpressionParsers): Expr {
  const first = cursor.advance();
  const name = { text: first.text, from: first.from, to: first.to };
  const nothing = {
    distinct: undefined,
    filter: undefined,
    nulls: undefined,
    returning: undefined,
    star: false,
    bare: false,
    over: undefined,
    declared: cursor.functions,
  };
  if (!cursor.is('(')) return { ...nothing, kind: 'call', name, args: [], bare: true, from: first.from, to: first.to };
  cursor.advance();
  const special = parseCallWithWords(cursor, first.word, parsers);
  if (special !== undefined) {
    cursor.expect(')');
    const behind = parseBehind(cursor, parsers);
    return cursor.node(
      { ...nothing, kind: 'call', name, ...special, ...behind, ...cursor.since(first) },
      ...special.args,
      behind.filter,
    );
  }
  const distinct = cursor.is('DISTINCT') ? spanOf(cursor.advance()) : undefined;
  if (distinct === undefined) cursor.accept('ALL');
  const star = cursor.accept('*');
  const args = star || cursor.is(')') ? [] : cursor.list(parsers.expression);
  const inside = parseNulls(cursor);
  if (!cursor.accept(')')) cursor.fail(', or )');
  const behind = parseBehind(cursor, parsers);
  const nulls = inside ?? behind.nulls;
  return cursor.node(
    { ...nothing, kind: 'call', name, args, star, distinct, ...behind, nulls, ...cursor.since(first) },
    ...args,
    behind.filter,
  );
}

function parseBehind(cursor: Cursor, { expression }: ExpressionParsers) {
  const filter = parseFilter(cursor, expression);
  const nulls = parseNulls(cursor);
  const over = cursor.is('OVER') ? parseOver(cursor, expression) : undefined;
  return { filter, nulls, over };
}

function parseFilter(cursor: Cursor, expression: () => Expr): Expr | undefined {
  if (!cursor.follows('FILTER', '(')) return undefined;
  cursor.accept('FILTER', '(');
  cursor.expect('WHERE');
  const filter = expression();
  cursor.expect(')');
  return filter;
}

function parseNulls(cursor: Cursor): NullTreatment | undefined {
  const first = cursor.token;
  if (cursor.accept('IGNORE', 'NULLS')) return { isIgnored: true, ...cursor.since(first) };
  return cursor.accept('RESPECT', 'NULLS') ? { isIgnored: false, ...cursor.since(first) } : undefined;
}

function spanOf({ from, to }: Span): Span {
  return { from, to };
}
