import type { Explain, Script, Statement } from '../ast.ts';
import { Report } from '../diagnostic.ts';
import { STATEMENT_STARTS } from '../keyword.ts';
import { tokenize } from '../lexer.ts';
import type { Token } from '../token.ts';
import { parseCreateFunction } from './create-function.ts';
import { parseCreateTable } from './create-table.ts';
import { Cursor, ParseFailure } from './cursor.ts';
import { Expected } from './expected.ts';
import { parseDescribe, parseDrop, parseShow } from './inspect.ts';
import { parseColumnNames, parseQuery, parseTableName, refuseHint } from './query.ts';
import { parseReset, parseSet } from './setting.ts';

/** A longer script is refused before it is read: an editor checks it at every key. */
const SCRIPT_LENGTH_MAX = 1_000_000;
const STATEMENTS = [...STATEMENT_STARTS];
const CLAUSES = ['WHERE', 'GROUP', 'HAVING', 'UNION', 'FROM', 'WITH', 'AS'];

/** Text to statements. What cannot be read is reported and skipped to the next statement. Never throws. */
export function parseScript(text: string, report: Report): Script {
  if (text.length > SCRIPT_LENGTH_MAX) {
    report.error(
      'sql.too-large',
      { from: 0, to: 1 },
      `The script is longer than ${SCRIPT_LENGTH_MAX} characters: split it.`,
    );
    return { statements: [], unparsed: true };
  }
  const cursor = new Cursor(tokenize(text, report), report, parseQuery);
  const statements: Statement[] = [];
  let unparsed = false;
  while (!cursor.atEnd) {
    if (cursor.accept(';')) continue;
    unparsed =
      !attempt(cursor, text, () => {
        const read: Statement[] = [];
        parseItem(cursor, read, text);
        expectEnd(cursor);
        statements.push(...read);
      }) || unparsed;
  }
  return { statements, unparsed };
}

/** What may follow the tokens of a statement that is being written; undefined when they are wrong before their end. */
export function expectedAfter(tokens: readonly Token[]): Expected | undefined {
  const to = tokens.at(-1)?.to ?? 0;
  const end: Token = { kind: 'end', text: '', word: '', from: to, to };
  const expected = new Expected();
  const cursor = new Cursor([...tokens, end], new Report(''), parseQuery, expected);
  attempt(cursor, '', () => {
    parseItem(cursor, [], '');
    expectEnd(cursor);
  });
  return expected.isKnown ? expected : undefined;
}

/** False when the statement could not be read; then the cursor stands where the next one may begin. */
function attempt(cursor: Cursor, text: string, parse: () => void): boolean {
  const start = cursor.token;
  try {
    parse();
    return true;
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    skipStatement(cursor, start, text);
    return false;
  }
}

/** A statement set is its statements: they run together anyway. */
function parseItem(cursor: Cursor, statements: Statement[], text: string): void {
  if (cursor.is('EXPLAIN')) {
    statements.push(parseExplain(cursor, text));
    return;
  }
  if (cursor.accept('EXECUTE', 'STATEMENT', 'SET')) cursor.expect('BEGIN');
  else if (cursor.accept('BEGIN', 'STATEMENT', 'SET')) cursor.expect(';');
  else {
    statements.push(parseStatement(cursor));
    return;
  }
  parseSetBody(cursor, statements, text);
}

/** EXPLAIN [PLAN FOR | detail, ...] query | INSERT | [EXECUTE] STATEMENT SET BEGIN ... END; the details are always told. */
function parseExplain(cursor: Cursor, text: string): Explain {
  const first = cursor.expect('EXPLAIN');
  if (!cursor.accept('PLAN', 'FOR')) {
    while (cursor.sees(...DETAILS)) {
      cursor.advance();
      cursor.accept(',');
    }
  }
  const statements: Statement[] = [];
  if (cursor.follows('STATEMENT', 'SET') || cursor.follows('EXECUTE', 'STATEMENT', 'SET')) {
    cursor.accept('EXECUTE');
    cursor.expect('STATEMENT', 'SET', 'BEGIN');
    parseSetBody(cursor, statements, text);
  } else {
    const starts = ['SELECT', 'WITH', 'VALUES', 'INSERT'];
    if (!cursor.is(...starts) && !cursor.is('(')) cursor.fail('a query, INSERT INTO or STATEMENT SET', starts);
    statements.push(parseStatement(cursor));
  }
  const explained = statements.filter((statement) => statement.kind === 'insert' || statement.kind === 'query');
  return { kind: 'explain', statements: explained, ...cursor.since(first) };
}

const DETAILS = ['ESTIMATED_COST', 'CHANGELOG_MODE', 'JSON_EXECUTION_PLAN', 'PLAN_ADVICE'];

/** { INSERT ; } END */
function parseSetBody(cursor: Cursor, statements: Statement[], text: string): void {
  const begin = cursor.previous;
  let failed = false;
  while (!cursor.accept('END')) {
    if (cursor.accept(';')) continue;
    if (cursor.atEnd) cursor.refuse('sql.syntax', begin, 'The statement set has no end: add END.');
    failed =
      !attempt(cursor, text, () => {
        if (!cursor.is('INSERT')) cursor.fail('INSERT INTO or END', ['INSERT', 'END']);
        statements.push(parseStatement(cursor));
        if (!cursor.is(';', 'END')) cursor.fail('; after the INSERT', CLAUSES);
      }) || failed;
  }
  if (failed && !cursor.atEnd && !cursor.is(';')) cursor.fail('; or the end of the statement');
}

function parseStatement(cursor: Cursor): Statement {
  cursor.expects('statement');
  const first = cursor.token;
  switch (first.word) {
    case 'CREATE':
      return parseCreate(cursor);
    case 'INSERT':
      return parseInsert(cursor);
    case 'SET':
      return parseSet(cursor);
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
    case '(': {
      const query = parseQuery(cursor);
      return { kind: 'query', query, ...cursor.since(first) };
    }
    case 'SHOW':
      return parseShow(cursor);
    case 'DESCRIBE':
    case 'DESC':
      return parseDescribe(cursor);
    case 'DROP':
      return parseDrop(cursor);
    case 'RESET':
      return parseReset(cursor);
    case 'ALTER':
      return cursor.unsupported(first, 'ALTER', 'change the CREATE statement');
    case 'UPDATE':
    case 'DELETE':
    case 'TRUNCATE':
      return cursor.unsupported(first, first.word, 'a streaming job only inserts');
    case 'USE':
    case 'ANALYZE':
    case 'CALL':
    case 'LOAD':
    case 'UNLOAD':
    case 'ADD':
    case 'REMOVE':
      return cursor.unsupported(first, first.word, 'remove the statement');
    default:
      return cursor.fail('a statement such as SELECT, INSERT INTO or CREATE TABLE', STATEMENTS);
  }
}

function parseCreate(cursor: Cursor): Statement {
  const first = cursor.expect('CREATE');
  const temporary = cursor.accept('TEMPORARY');
  if (cursor.accept('TABLE')) return parseCreateTable(cursor, first, temporary);
  if (cursor.accept('VIEW')) {
    const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
    const name = parseTableName(cursor, 'a view name');
    const columns = parseColumnNames(cursor);
    if (cursor.accept('COMMENT')) cursor.string('a comment in quotes');
    cursor.expect('AS');
    const query = parseQuery(cursor);
    return { kind: 'create-view', name, temporary, ifNotExists, columns, query, ...cursor.since(first) };
  }
  if (cursor.is('FUNCTION', 'AGGREGATE') || (temporary && cursor.follows('SYSTEM', 'FUNCTION')))
    return parseCreateFunction(cursor, first);
  if (cursor.is('CATALOG', 'DATABASE', 'MATERIALIZED', 'MODEL', 'SYSTEM', 'OR')) {
    return cursor.unsupported(
      cursor.since(first),
      `CREATE ${cursor.token.word}`,
      'use CREATE TABLE, CREATE VIEW or CREATE FUNCTION',
    );
  }
  return cursor.fail('TABLE, VIEW or FUNCTION', ['TABLE', 'VIEW', 'FUNCTION', 'AGGREGATE', 'TEMPORARY']);
}

/** INSERT INTO table [(columns)] query */
function parseInsert(cursor: Cursor): Statement {
  const first = cursor.expect('INSERT');
  if (cursor.sees('OVERWRITE')) cursor.unsupported(cursor.token, 'INSERT OVERWRITE', 'write INSERT INTO');
  cursor.expect('INTO');
  const table = parseTableName(cursor);
  refuseHint(cursor);
  if (cursor.sees('PARTITION')) cursor.unsupported(cursor.token, 'PARTITION', 'select the value as a column');
  const columns = parseColumnNames(cursor);
  if (!cursor.is('SELECT', 'WITH', '(', 'VALUES') && !cursor.sees('TABLE')) cursor.fail('SELECT', ['SELECT', 'WITH']);
  const query = parseQuery(cursor);
  return { kind: 'insert', table, columns, query, ...cursor.since(first) };
}

function expectEnd(cursor: Cursor): void {
  if (cursor.atEnd || cursor.is(';')) return;
  const { token } = cursor;
  if (STATEMENT_STARTS.has(token.word)) {
    const at = cursor.previous.to;
    const fix = { title: 'Add ;', insert: ';', from: at, to: at };
    cursor.report.error('sql.syntax', { from: token.from, to: token.to }, `Expected ; before ${token.word}.`, fix);
    return;
  }
  cursor.fail('; or the end of the statement', CLAUSES);
}

/** To the next semicolon, or to a word that opens a statement at the start of a line; at least past `start`. */
function skipStatement(cursor: Cursor, start: Token, text: string): void {
  while (!cursor.atEnd && !cursor.is(';')) {
    if (cursor.token !== start && opensStatement(cursor.token, text)) return;
    cursor.advance();
  }
}

const OPENING_A_LINE = ['INSERT', 'CREATE', 'SET', 'DROP', 'ALTER', 'EXECUTE'];

function opensStatement(token: Token, text: string): boolean {
  if (!OPENING_A_LINE.includes(token.word)) return false;
  const lineStart = text.lastIndexOf('\n', token.from - 1) + 1;
  return text.slice(lineStart, token.from).trim() === '';
}
