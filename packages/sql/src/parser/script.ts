import type { Explain, Script, Statement } from '../ast.ts';
import { Report } from '../diagnostic.ts';
import { STATEMENT_STARTS } from '../keyword.ts';
import { tokenize } from '../lexer.ts';
import type { Token } from '../token.ts';
import { Cursor, ParseFailure } from './cursor.ts';
import { Expected } from './expected.ts';
import { parseQuery } from './query.ts';
import { parseStatement } from './statement.ts';

/** A longer script is refused before it is read: an editor checks it at every key. */
const SCRIPT_LENGTH_MAX = 1_000_000;
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
    if (cursor.is('EXECUTE') && RUN_ANYWAY.includes(cursor.ahead(1).word)) cursor.advance();
    statements.push(parseStatement(cursor));
    return;
  }
  parseSetBody(cursor, statements, text);
}

/** What EXECUTE may stand before, without a meaning of its own. */
const RUN_ANYWAY = ['INSERT', 'SELECT', 'WITH'];

/** EXPLAIN [PLAN FOR | detail, ...] query | INSERT | CREATE TABLE AS query | [EXECUTE] STATEMENT SET BEGIN ... END; the details are always told. */
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
    if (!cursor.is(...starts) && !cursor.is('(') && !cursor.sees('TABLE') && !declaresTable(cursor))
      cursor.fail('a query, INSERT INTO or STATEMENT SET', starts);
    statements.push(parseStatement(cursor));
  }
  const explained = statements.filter(
    (statement) => statement.kind === 'insert' || statement.kind === 'query' || statement.kind === 'create-table',
  );
  const plain = explained.find((statement) => statement.kind === 'create-table' && statement.query === undefined);
  if (plain !== undefined)
    cursor.refuse(
      'sql.syntax',
      plain,
      'EXPLAIN takes CREATE TABLE with AS and a query: a declaration alone runs nothing.',
    );
  return { kind: 'explain', statements: explained, ...cursor.since(first) };
}

/** CREATE [OR REPLACE] TABLE and REPLACE TABLE: not proposed, for most EXPLAIN queries. */
function declaresTable(cursor: Cursor): boolean {
  const words = [0, 1, 2, 3].map((at) => cursor.ahead(at).word);
  return /^(CREATE|REPLACE|CREATE OR REPLACE) TABLE/.test(words.join(' '));
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
