import { FUNCTIONS_MAX } from '@millrace/plan';
import type { CreateFunction, FunctionBody, Name, TypedName } from '../ast.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';
import { parseType } from './type.ts';

const LANGUAGES_OF_FLINK = ['JAVA', 'SCALA', 'PYTHON', 'SQL'];
const IN_JAVASCRIPT = 'write it in JavaScript: RETURNS type LANGUAGE JAVASCRIPT AS $$ ... $$';
const CLAUSES = ['LANGUAGE', 'NOT', 'DETERMINISTIC', 'AS'];

/**
 * CREATE [TEMPORARY [SYSTEM]] [AGGREGATE] FUNCTION [IF NOT EXISTS] name ( [parameter type, ...] )
 *   RETURNS type | RETURNS TABLE ( column type, ... )
 *   { LANGUAGE JAVASCRIPT | [NOT] DETERMINISTIC | AS body }
 * `first` is the word CREATE. The name counts as declared from where it is read, so that calls are not blamed for what is wrong here.
 */
export function parseCreateFunction(cursor: Cursor, first: Token): CreateFunction {
  cursor.accept('SYSTEM');
  const isAggregate = cursor.accept('AGGREGATE');
  cursor.expect('FUNCTION');
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = parseName(cursor);
  const before = cursor.functions.get(name.text.toUpperCase());
  if (before === undefined && cursor.functions.size >= FUNCTIONS_MAX)
    cursor.refuse('sql.too-large', name, `A script declares at most ${FUNCTIONS_MAX} functions: split the job.`);
  if (before === undefined) cursor.declareFunction(name, 'broken');
  if (cursor.is('AS')) cursor.unsupported(cursor.since(first), 'CREATE FUNCTION of a class', IN_JAVASCRIPT);
  cursor.expect('(');
  const parameters = cursor.is(')') ? [] : cursor.list(() => parseTypedName(cursor, 'a parameter name'));
  cursor.expect(')');
  cursor.expect('RETURNS');
  const { returns, isTable } = parseReturns(cursor, name);
  if (isTable && isAggregate)
    cursor.unsupported(
      cursor.since(name),
      'An aggregate that gives a TABLE',
      'give an ARRAY and flatten it with UNNEST',
    );
  const { deterministic, body } = parseClauses(cursor);
  const of = isAggregate ? 'aggregate' : isTable ? 'table' : 'scalar';
  const span = cursor.since(first);
  const read: CreateFunction = {
    kind: 'create-function', name, ifNotExists, of, parameters, returns, deterministic, body, ...span,
  }; // biome-ignore format: all parts of the statement
  if (before === undefined) cursor.declareFunction(name, read);
  return read;
}

/** Called without quotes, so declared without. */
function parseName(cursor: Cursor): Name {
  const { kind } = cursor.token;
  const name = cursor.name('a function name');
  if (kind === 'word') return name;
  return cursor.refuse('sql.invalid-function', name, 'The name of a function is a plain word: letters, digits and _.');
}

function parseTypedName(cursor: Cursor, what: string): TypedName {
  return { name: cursor.name(what), type: parseType(cursor) };
}

function parseReturns(
  cursor: Cursor,
  name: Name,
): { readonly returns: readonly TypedName[]; readonly isTable: boolean } {
  if (!cursor.accept('TABLE')) return { returns: [{ name, type: parseType(cursor) }], isTable: false };
  cursor.expect('(');
  const returns = cursor.list(() => parseTypedName(cursor, 'a column name'));
  cursor.expect(')');
  return { returns, isTable: true };
}

function parseClauses(cursor: Cursor): { readonly deterministic: boolean; readonly body: FunctionBody } {
  let deterministic = true;
  let isJavaScript = false;
  while (!cursor.is('AS')) {
    if (cursor.accept('DETERMINISTIC')) deterministic = true;
    else if (cursor.accept('NOT', 'DETERMINISTIC')) deterministic = false;
    else if (cursor.accept('LANGUAGE')) {
      if (cursor.is(...LANGUAGES_OF_FLINK))
        cursor.unsupported(cursor.token, `LANGUAGE ${cursor.token.word}`, IN_JAVASCRIPT);
      cursor.expect('JAVASCRIPT');
      isJavaScript = true;
    } else cursor.fail('LANGUAGE JAVASCRIPT, [NOT] DETERMINISTIC or AS and the body', CLAUSES);
  }
  if (!isJavaScript) {
    const at = { from: cursor.token.from, to: cursor.token.to };
    const fix = { title: 'Add LANGUAGE JAVASCRIPT', insert: 'LANGUAGE JAVASCRIPT ', from: at.from, to: at.from };
    cursor.report.error('sql.syntax', at, 'A function says its language before AS: LANGUAGE JAVASCRIPT.', fix);
  }
  cursor.expect('AS');
  return { deterministic, body: bodyOf(cursor.string('the body between $$ and $$'), cursor.report.source.text) };
}

/** In quotes a quote of the body is written twice, so places shift; between dollars nothing does. */
function bodyOf({ text, from, to }: Token, script: string): FunctionBody {
  const isQuoted = script[from] === "'";
  const begin = isQuoted ? from + 1 : script.indexOf('$', from + 1) + 1;
  const placeOf = (at: number): number => {
    const quotes = isQuoted ? text.slice(0, at).split("'").length - 1 : 0;
    return begin + at + quotes;
  };
  return { text, placeOf, from, to };
}
