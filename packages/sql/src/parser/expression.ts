import type { BinaryOperator, ComparisonOperator, Expr, JsonTest, Name } from '../ast.ts';
import { NEVER_ALIAS, RESERVED } from '../keyword.ts';
import type { Span } from '../source-text.ts';
import { parseCall } from './call.ts';
import { parseAccess, parseConstructor, parseExists, parseParenthesised } from './collection.ts';
import type { Cursor } from './cursor.ts';
import { parseInterval } from './interval.ts';
import { parseQualifier } from './interval-type.ts';
import type { ExpressionParsers } from './special-call.ts';
import { parseType } from './type.ts';

/** How strongly an infix operator binds; all are left-associative. */
const PRECEDENCE = {
  OR: 1, AND: 2, NOT: 3,
  '=': 4, '<>': 4, '!=': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, IS: 4, BETWEEN: 4, IN: 4, LIKE: 4, SIMILAR: 4,
  '+': 5, '-': 5, '*': 6, '/': 6, '%': 6, '||': 6,
} as const; // biome-ignore format: a table

const COMPARISON = 4;
const COMPARISONS: readonly ComparisonOperator[] = ['=', '<>', '<', '<=', '>', '>='];
const QUERIES = ['SELECT', 'WITH', 'VALUES'];
const UNARY = 8;
/** AT TIME ZONE, one after the other from the left. */
const POSTFIX = 9;
const AFTER_NOT = ['BETWEEN', 'IN', 'LIKE', 'SIMILAR'];
/** Functions written without parentheses. */
const BARE_CALLS = ['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME', 'LOCALTIMESTAMP', 'LOCALTIME'];
/** Reserved words that are functions when a parenthesis follows. */
const RESERVED_CALLS = ['LEFT', 'RIGHT'];

function parsersOf(cursor: Cursor): ExpressionParsers {
  return {
    expression: () => parseExpression(cursor),
    operand: () => parseExpression(cursor, COMPARISON),
  };
}

/** Pratt: a prefix, then infix operators as long as they bind more strongly than `above`. */
export function parseExpression(cursor: Cursor, above = 0): Expr {
  return cursor.nested(() => {
    let left = parsePrefix(cursor);
    for (;;) {
      const next = parseInfix(cursor, left, above);
      if (next === undefined) return left;
      left = next;
    }
  });
}

function parseInfix(cursor: Cursor, left: Expr, above: number): Expr | undefined {
  const { word } = cursor.token;
  if (above < COMPARISON) cursor.expects('operator');
  const access = parseAccess(cursor, left, () => parseExpression(cursor));
  if (access !== undefined) return access;
  if (above < POSTFIX && cursor.accept('AT', 'TIME', 'ZONE')) {
    const zone = parseExpression(cursor, POSTFIX);
    return cursor.node({ kind: 'at-time-zone', arg: left, zone, ...cursor.since(left) }, left, zone);
  }
  // A word like others, which may be an alias, but behind a row of two.
  if (word === 'OVERLAPS' && isPeriod(left) && COMPARISON > above) {
    cursor.advance();
    const right = parseExpression(cursor, COMPARISON);
    return cursor.node({ kind: 'overlaps', left, right, ...cursor.since(left) }, left, right);
  }
  if (word === '&' && cursor.ahead(1).word === '&') refuseForeign(cursor, cursor.token, '&&', 'AND');
  const not = word === 'NOT' && AFTER_NOT.includes(cursor.ahead(1).word);
  if (not) return COMPARISON > above ? parseComparisonWord(cursor, left) : undefined;
  const precedence = precedenceOf(word);
  if (precedence === undefined || precedence <= above) return undefined;
  if (word === 'IS') return parseIs(cursor, left);
  if (AFTER_NOT.includes(word)) return parseComparisonWord(cursor, left);
  const operatorSpan = cursor.advance();
  if (word === '=' && cursor.sees('=')) refuseForeign(cursor, cursor.since(operatorSpan), '==', '=');
  const operator = operatorOf(word);
  if (operator === undefined) return undefined;
  if (precedence === COMPARISON && isQuantifier(cursor)) return parseQuantified(cursor, left, operator);
  const right = parseExpression(cursor, precedence);
  return cursor.node({ kind: 'binary', operator, operatorSpan, left, right, ...cursor.since(left) }, left, right);
}

function isPeriod(expr: Expr): boolean {
  return expr.kind === 'constructor' && expr.type === 'ROW' && expr.items.length === 2;
}

/** ALL | ANY | SOME before a query in parentheses. */
function isQuantifier(cursor: Cursor): boolean {
  return cursor.is('ALL', 'ANY', 'SOME') && cursor.ahead(1).word === '(' && QUERIES.includes(cursor.ahead(2).word);
}

function parseQuantified(cursor: Cursor, arg: Expr, operator: BinaryOperator): Expr {
  const quantifier = cursor.advance().word === 'ALL' ? 'ALL' : 'ANY';
  cursor.expect('(');
  const query = cursor.query();
  cursor.expect(')');
  const comparison = COMPARISONS.find((known) => known === operator) ?? '=';
  return cursor.node({ kind: 'quantified', operator: comparison, quantifier, arg, query, ...cursor.since(arg) }, arg);
}

/** An operator of other languages. */
function refuseForeign(cursor: Cursor, first: Span, written: string, meant: string): never {
  const at = { from: first.from, to: first.from + written.length };
  const fix = { title: `Change to ${meant}`, insert: meant, ...at };
  return cursor.refuse('sql.syntax', at, `SQL has no ${written}: write ${meant}.`, fix);
}

function precedenceOf(word: string): number | undefined {
  return word !== 'NOT' && Object.hasOwn(PRECEDENCE, word) ? PRECEDENCE[word as keyof typeof PRECEDENCE] : undefined;
}

function operatorOf(word: string): BinaryOperator | undefined {
  const operators: readonly BinaryOperator[] = [
    '=',
    '<>',
    '<',
    '<=',
    '>',
    '>=',
    'AND',
    'OR',
    '+',
    '-',
    '*',
    '/',
    '%',
    '||',
  ];
  return operators.find((operator) => operator === (word === '!=' ? '<>' : word));
}

function parseIs(cursor: Cursor, left: Expr): Expr {
  cursor.advance();
  const not = cursor.accept('NOT');
  if (cursor.accept('DISTINCT', 'FROM')) {
    const right = parseExpression(cursor, COMPARISON);
    return cursor.node({ kind: 'distinct-from', not, left, right, ...cursor.since(left) }, left, right);
  }
  const words = ['NULL', 'TRUE', 'FALSE', 'UNKNOWN'] as const;
  const what = cursor.accept('JSON') ? parseJsonTest(cursor) : words.find((word) => cursor.accept(word));
  if (what === undefined) {
    return cursor.fail('NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM', [...words, 'JSON', 'DISTINCT']);
  }
  return cursor.node({ kind: 'is', not, what, arg: left, ...cursor.since(left) }, left);
}

/** JSON [VALUE | SCALAR | ARRAY | OBJECT] */
function parseJsonTest(cursor: Cursor): JsonTest {
  const kind = (['VALUE', 'SCALAR', 'ARRAY', 'OBJECT'] as const).find((word) => cursor.accept(word));
  return `JSON ${kind ?? 'VALUE'}`;
}

/** [NOT] BETWEEN | IN | LIKE | SIMILAR TO */
function parseComparisonWord(cursor: Cursor, left: Expr): Expr {
  const not = cursor.accept('NOT');
  if (cursor.accept('BETWEEN')) {
    const symmetric = cursor.accept('SYMMETRIC');
    if (!symmetric) cursor.accept('ASYMMETRIC');
    const low = parseExpression(cursor, COMPARISON);
    cursor.expect('AND');
    const high = parseExpression(cursor, COMPARISON);
    const node = { kind: 'between', not, symmetric, arg: left, low, high, ...cursor.since(left) } as const;
    return cursor.node(node, left, low, high);
  }
  const similar = cursor.accept('SIMILAR');
  if (similar) cursor.expect('TO');
  if (similar || cursor.accept('LIKE')) {
    const pattern = parseExpression(cursor, COMPARISON);
    const escapeWith = cursor.accept('ESCAPE') ? parseExpression(cursor, COMPARISON) : undefined;
    return cursor.node(
      { kind: 'like', not, similar, arg: left, pattern, escape: escapeWith, ...cursor.since(left) },
      left,
      pattern,
    );
  }
  cursor.expect('IN');
  cursor.expect('(');
  if (cursor.atQuery) {
    const query = cursor.query();
    cursor.expect(')');
    return cursor.node({ kind: 'in-query', not, arg: left, query, ...cursor.since(left) }, left);
  }
  const list = cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return cursor.node({ kind: 'in', not, arg: left, list, ...cursor.since(left) }, left, ...list);
}

function parsePrefix(cursor: Cursor): Expr {
  cursor.expects('expression');
  const first = cursor.token;
  switch (first.kind) {
    case 'number':
      cursor.advance();
      return { kind: 'number', text: first.text, ...span(first) };
    case 'string':
      cursor.advance();
      return { kind: 'string', value: first.text, ...span(first) };
    case 'bytes':
      cursor.advance();
      return { kind: 'bytes', hex: first.text, ...span(first) };
    case 'quoted':
      return cursor.ahead(1).word === '(' ? parseCall(cursor, parsersOf(cursor)) : parseColumn(cursor);
    case 'symbol':
      return parseSymbol(cursor);
    case 'word':
      return parseWord(cursor);
    default:
      return cursor.fail('an expression');
  }
}

function parseSymbol(cursor: Cursor): Expr {
  const first = cursor.token;
  if (cursor.accept('('))
    return parseDifference(
      cursor,
      first,
      parseParenthesised(cursor, () => parseExpression(cursor)),
    );
  if (cursor.is('-') && cursor.ahead(1).kind === 'number') {
    cursor.advance();
    const digits = cursor.advance();
    return { kind: 'number', text: `-${digits.text}`, from: first.from, to: digits.to };
  }
  if (cursor.is('-', '+')) {
    const operator = cursor.advance().word === '-' ? '-' : '+';
    const arg = parseExpression(cursor, UNARY);
    return cursor.node({ kind: 'unary', operator, arg, ...cursor.since(first) }, arg);
  }
  return cursor.fail('an expression');
}

/** `(a - b)` with units of an INTERVAL behind it. */
function parseDifference(cursor: Cursor, first: Span, expr: Expr): Expr {
  if (expr.kind !== 'binary' || expr.operator !== '-') return expr;
  const qualifier = parseQualifier(cursor);
  if (qualifier === undefined) return expr;
  return cursor.node({ ...expr, qualifier, ...cursor.since(first) }, expr.left, expr.right);
}

function parseWord(cursor: Cursor): Expr {
  const first = cursor.token;
  const after = cursor.ahead(1);
  switch (first.word) {
    case 'NOT': {
      cursor.advance();
      const arg = parseExpression(cursor, PRECEDENCE.NOT);
      return cursor.node({ kind: 'unary', operator: 'NOT', arg, ...cursor.since(first) }, arg);
    }
    case 'NULL':
      cursor.advance();
      return { kind: 'null', ...span(first) };
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'boolean', value: first.word === 'TRUE', ...span(first) };
    case 'CASE':
      return parseCase(cursor);
    case 'CAST':
    case 'TRY_CAST':
      return parseCast(cursor);
    case 'INTERVAL':
      return parseInterval(cursor, () => parseExpression(cursor));
    case 'EXISTS':
      return parseExists(cursor);
    default:
  }
  if (after.kind === 'string' && (first.word === 'DATE' || first.word === 'TIME' || first.word === 'TIMESTAMP')) {
    cursor.advance();
    cursor.advance();
    return { kind: 'datetime', type: first.word, value: after.text, valueSpan: span(after), ...cursor.since(first) };
  }
  const constructed = parseConstructor(cursor, () => parseExpression(cursor));
  if (constructed !== undefined) return constructed;
  if (after.word === '(' && (!RESERVED.has(first.word) || RESERVED_CALLS.includes(first.word)))
    return parseCall(cursor, parsersOf(cursor));
  if (BARE_CALLS.includes(first.word)) return parseCall(cursor, parsersOf(cursor));
  return parseColumn(cursor);
}

/** name {. name} */
function parseColumn(cursor: Cursor): Expr {
  const first = cursor.token;
  if (first.kind === 'word' && NEVER_ALIAS.has(first.word)) cursor.fail('an expression');
  const path: Name[] = [cursor.name('an expression')];
  while (cursor.accept('.')) path.push(cursor.name('a column name'));
  return { kind: 'column', path, ...cursor.since(first) };
}

function parseCase(cursor: Cursor): Expr {
  const first = cursor.advance();
  const operand = cursor.is('WHEN') ? undefined : parseExpression(cursor);
  const branches: { when: Expr; value: Expr }[] = [];
  if (!cursor.is('WHEN')) cursor.fail('WHEN', ['WHEN']);
  while (cursor.accept('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expect('THEN');
    branches.push({ when, value: parseExpression(cursor) });
  }
  const otherwise = cursor.accept('ELSE') ? parseExpression(cursor) : undefined;
  if (!cursor.accept('END')) cursor.fail('WHEN, ELSE or END', ['WHEN', 'ELSE', 'END']);
  const parts = branches.flatMap(({ when, value }) => [when, value]);
  return cursor.node(
    { kind: 'case', operand, branches, otherwise, ...cursor.since(first) },
    operand,
    otherwise,
    ...parts,
  );
}

function parseCast(cursor: Cursor): Expr {
  const first = cursor.advance();
  cursor.expect('(');
  const arg = parseExpression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  cursor.expect(')');
  return cursor.node({ kind: 'cast', arg, type, safe: first.word === 'TRY_CAST', ...cursor.since(first) }, arg);
}

function span({ from, to }: Span): Span {
  return { from, to };
}
