import type { Expr } from '../ast.ts';
import type { Span } from '../source-text.ts';
import type { Cursor } from './cursor.ts';
import type { SpecialArguments } from './special-call.ts';
import { parseType } from './type.ts';

type ParseExpression = () => Expr;

/**
 * The JSON functions of SQL:2016 with the words inside their parentheses. Without such words the arguments stay as they are; with them
 * they become
 *   JSON_VALUE   (json, path, on empty, default on empty, on error, default on error)
 *   JSON_QUERY   (json, path, wrapper, on empty, on error)
 *   JSON_EXISTS  (json, path, on error)
 *   JSON_OBJECT  (NULL | ABSENT, key, value, key, value, ...)
 *   JSON_ARRAY   (NULL | ABSENT, value, ...)
 *   JSON_OBJECTAGG (NULL | ABSENT, key, value)
 *   JSON_ARRAYAGG  (NULL | ABSENT, value)
 * with the words as string literals, and NULL for a default that is not given.
 */
export function parseJsonCall(cursor: Cursor, name: string, expression: ParseExpression): SpecialArguments {
  if (name === 'JSON_OBJECT') return { args: parseObject(cursor, expression) };
  if (name === 'JSON_OBJECTAGG') return { args: parseMember(cursor, expression) };
  if (name === 'JSON_ARRAY' || name === 'JSON_ARRAYAGG') return { args: parseArray(cursor, expression) };
  const args = cursor.is(')') ? [] : [...cursor.list(expression)];
  if (args.length !== 2) return { args };
  if (name === 'JSON_EXISTS') return { args: parseExistsWords(cursor, args) };
  if (name !== 'JSON_QUERY') return parseValueWords(cursor, args, expression);
  const returning = cursor.accept('RETURNING') ? { returning: parseType(cursor) } : {};
  return { args: parseQueryWords(cursor, args), ...returning };
}

/** [RETURNING type] {NULL | ERROR | DEFAULT value} ON {EMPTY | ERROR} */
function parseValueWords(cursor: Cursor, args: readonly Expr[], expression: ParseExpression): SpecialArguments {
  const returning = cursor.accept('RETURNING') ? parseType(cursor) : undefined;
  const behaviours = new Map<'EMPTY' | 'ERROR', readonly [word: Expr, value: Expr]>();
  const usual = cursor.token;
  while (!cursor.is(')')) {
    const first = cursor.token;
    const word = acceptOne(cursor, ['NULL', 'ERROR', 'DEFAULT']);
    if (word === undefined) cursor.fail('RETURNING, NULL, ERROR or DEFAULT ... ON EMPTY or ON ERROR, or )', BEHAVIOURS);
    const value = word === 'DEFAULT' ? expression() : nothing(first);
    behaviours.set(parseOn(cursor), [literal(word, first), value]);
  }
  const returned = returning === undefined ? {} : { returning };
  if (behaviours.size === 0) return { args, ...returned };
  const usually = [literal('NULL', usual), nothing(usual)] as const;
  const [onEmpty, onError] = [behaviours.get('EMPTY') ?? usually, behaviours.get('ERROR') ?? usually];
  return { args: [...args, ...onEmpty, ...onError], ...returned };
}

const BEHAVIOURS = ['RETURNING', 'NULL', 'ERROR', 'DEFAULT'];

/** Behind RETURNING type: [WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]] [ARRAY] WRAPPER {NULL | ERROR | EMPTY ARRAY | EMPTY OBJECT} ON {EMPTY | ERROR} */
function parseQueryWords(cursor: Cursor, args: readonly Expr[]): readonly Expr[] {
  const start = cursor.token;
  const wrapper = parseWrapper(cursor);
  const behaviours = new Map<'EMPTY' | 'ERROR', Expr>();
  while (!cursor.is(')')) {
    const first = cursor.token;
    let word: string | undefined = acceptOne(cursor, ['NULL', 'ERROR', 'EMPTY']);
    if (word === undefined) return cursor.fail('a WRAPPER, NULL, ERROR or EMPTY ... ON EMPTY or ON ERROR, or )');
    if (word === 'EMPTY') {
      const what = acceptOne(cursor, ['ARRAY', 'OBJECT']);
      if (what === undefined) return cursor.fail('ARRAY or OBJECT', ['ARRAY', 'OBJECT']);
      word = `EMPTY ${what}`;
    }
    behaviours.set(parseOn(cursor), literal(word, first));
  }
  if (wrapper === undefined && behaviours.size === 0) return args;
  const usual = literal('NULL', start);
  const words = [
    literal(wrapper ?? 'WITHOUT', start),
    behaviours.get('EMPTY') ?? usual,
    behaviours.get('ERROR') ?? usual,
  ];
  return [...args, ...words];
}

function parseWrapper(cursor: Cursor): string | undefined {
  const without = cursor.accept('WITHOUT');
  if (!without && !cursor.accept('WITH')) return undefined;
  const kind = without ? 'WITHOUT' : (acceptOne(cursor, ['CONDITIONAL', 'UNCONDITIONAL']) ?? 'UNCONDITIONAL');
  cursor.accept('ARRAY');
  cursor.expect('WRAPPER');
  return kind;
}

/** [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR] */
function parseExistsWords(cursor: Cursor, args: readonly Expr[]): readonly Expr[] {
  const first = cursor.token;
  const words = ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'] as const;
  const word = acceptOne(cursor, words);
  if (word === undefined) return args;
  cursor.expect('ON', 'ERROR');
  return [...args, literal(word, first)];
}

/** [[KEY] key {VALUE | :} value, ...] [{NULL | ABSENT} ON NULL] */
function parseObject(cursor: Cursor, expression: ParseExpression): readonly Expr[] {
  const first = cursor.token;
  const parts: Expr[] = [];
  if (!cursor.is(')') && !isOnNull(cursor)) {
    do {
      cursor.accept('KEY');
      const key = cursor.string("a key in quotes such as 'city'");
      parts.push({ kind: 'string', value: key.text, from: key.from, to: key.to });
      if (!cursor.accept('VALUE') && !cursor.accept(':')) cursor.fail('VALUE and a value', ['VALUE']);
      parts.push(expression());
    } while (cursor.accept(','));
  }
  return [literal(parseOnNull(cursor) ?? 'NULL', first), ...parts];
}

/** [KEY] key {VALUE | :} value [{NULL | ABSENT} ON NULL] */
function parseMember(cursor: Cursor, expression: ParseExpression): readonly Expr[] {
  const first = cursor.token;
  if (cursor.is('KEY') && cursor.ahead(1).word !== ',' && cursor.ahead(1).word !== 'VALUE') cursor.advance();
  const key = expression();
  if (!cursor.accept('VALUE') && !cursor.accept(':')) cursor.fail('VALUE and a value', ['VALUE']);
  const value = expression();
  return [literal(parseOnNull(cursor) ?? 'NULL', first), key, value];
}

/** [value, ...] [{NULL | ABSENT} ON NULL] */
function parseArray(cursor: Cursor, expression: ParseExpression): readonly Expr[] {
  const first = cursor.token;
  const values = cursor.is(')') || isOnNull(cursor) ? [] : cursor.list(expression);
  return [literal(parseOnNull(cursor) ?? 'ABSENT', first), ...values];
}

function isOnNull(cursor: Cursor): boolean {
  return cursor.follows('NULL', 'ON', 'NULL') || cursor.follows('ABSENT', 'ON', 'NULL');
}

function parseOnNull(cursor: Cursor): 'NULL' | 'ABSENT' | undefined {
  if (cursor.accept('NULL', 'ON', 'NULL')) return 'NULL';
  if (cursor.accept('ABSENT', 'ON', 'NULL')) return 'ABSENT';
  if (!cursor.is(')')) cursor.fail(', or )');
  return undefined;
}

function parseOn(cursor: Cursor): 'EMPTY' | 'ERROR' {
  cursor.expect('ON');
  return acceptOne(cursor, ['EMPTY', 'ERROR']) ?? cursor.fail('EMPTY or ERROR', ['EMPTY', 'ERROR']);
}

function acceptOne<Word extends string>(cursor: Cursor, words: readonly Word[]): Word | undefined {
  return words.find((word) => cursor.accept(word));
}

function literal(value: string, { from }: Span): Expr {
  return { kind: 'string', value, from, to: from };
}

function nothing({ from }: Span): Expr {
  return { kind: 'null', from, to: from };
}
