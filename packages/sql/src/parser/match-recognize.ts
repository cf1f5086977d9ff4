import type { AfterMatchClause, Expr, Name, TableRef } from '../ast.ts';
import { type Cursor, ParseFailure } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseIntervalLiteral } from './interval.ts';
import { parseOrderBy } from './over.ts';
import { parsePattern } from './row-pattern.ts';
import { parseTableAlias } from './table-ref.ts';

const CLAUSES = ['PARTITION', 'ORDER', 'MEASURES', 'ONE', 'AFTER', 'PATTERN', 'DEFINE'];

/**
 * input MATCH_RECOGNIZE ( [PARTITION BY columns] [ORDER BY columns] [MEASURES ...] [ONE ROW PER MATCH] [AFTER MATCH SKIP ...]
 * PATTERN (...) [WITHIN interval] DEFINE ... ) [alias]; the input itself when the word does not follow. SQL:2016 part 5.
 */
export function parseMatchRecognize(cursor: Cursor, input: TableRef): TableRef {
  if (!cursor.is('MATCH_RECOGNIZE')) return input;
  const word = cursor.advance();
  cursor.expect('(');
  const partitionBy = cursor.accept('PARTITION') ? parsePartition(cursor) : [];
  const orderBy = cursor.is('ORDER') ? parseOrderBy(cursor, () => parseExpression(cursor)) : [];
  const measures = cursor.accept('MEASURES') ? parseNamedList(cursor, () => parseMeasure(cursor)) : [];
  parseRowsPerMatch(cursor);
  const afterMatch: AfterMatchClause = cursor.is('AFTER') ? parseAfterMatch(cursor) : { kind: 'past-last-row' };
  if (!cursor.is('PATTERN')) cursor.fail(expectedClause(measures.length > 0), CLAUSES);
  cursor.advance();
  cursor.expect('(');
  const pattern = parsePattern(cursor);
  if (!cursor.accept(')')) cursor.fail('a pattern variable, a quantifier or )');
  const within = cursor.accept('WITHIN') ? parseWithin(cursor) : undefined;
  if (cursor.sees('SUBSET')) cursor.unsupported(cursor.token, 'SUBSET', 'aggregate the variables one by one');
  if (!cursor.is('DEFINE')) cursor.fail(within === undefined ? 'DEFINE or WITHIN' : 'DEFINE', ['DEFINE', 'WITHIN']);
  cursor.advance();
  const definitions = parseNamedList(cursor, () => parseDefinition(cursor));
  if (!cursor.accept(')')) cursor.fail(', or ) after the conditions');
  const { alias, columns } = parseTableAlias(cursor);
  if (columns[0] !== undefined) {
    cursor.unsupported(columns[0], 'A column list after MATCH_RECOGNIZE', 'name the columns in MEASURES with AS');
  }
  return {
    kind: 'match',
    input,
    wordSpan: { from: word.from, to: word.to },
    partitionBy,
    orderBy,
    measures,
    afterMatch,
    pattern,
    within,
    definitions,
    alias,
    ...cursor.since(input),
  };
}

function expectedClause(hasMeasures: boolean): string {
  return hasMeasures ? 'PATTERN, AFTER MATCH or , after the measure' : 'MEASURES, AFTER MATCH or PATTERN';
}

function parsePartition(cursor: Cursor): readonly Expr[] {
  cursor.expect('BY');
  return cursor.list(() => parseExpression(cursor));
}

/** A broken entry does not hide what is wrong with the others. */
function parseNamedList<Item>(cursor: Cursor, parseItem: () => Item): readonly Item[] {
  const items: Item[] = [];
  let failure: ParseFailure | undefined;
  do {
    try {
      items.push(parseItem());
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      failure = error;
      cursor.skipTo(',', ')', ...CLAUSES);
      if (!cursor.is(',')) throw error;
    }
  } while (cursor.accept(','));
  if (failure !== undefined) throw failure;
  return items;
}

function parseMeasure(cursor: Cursor): { readonly expr: Expr; readonly name: Name } {
  if (cursor.sees('RUNNING')) {
    cursor.unsupported(cursor.token, 'RUNNING', 'remove it: with ONE ROW PER MATCH a measure is of the whole match');
  }
  if (cursor.is('FINAL') && cursor.ahead(1).kind === 'word') cursor.advance();
  const expr = parseExpression(cursor);
  if (!cursor.accept('AS')) cursor.fail('AS and a name for the measure', ['AS']);
  return { expr, name: cursor.name('a name for the measure') };
}

function parseRowsPerMatch(cursor: Cursor): void {
  const first = cursor.token;
  if (cursor.sees('ALL')) {
    cursor.accept('ALL', 'ROWS', 'PER', 'MATCH');
    cursor.unsupported(cursor.since(first), 'ALL ROWS PER MATCH', 'write ONE ROW PER MATCH, as in Flink');
  }
  if (cursor.is('ONE')) cursor.expect('ONE', 'ROW', 'PER', 'MATCH');
}

/** AFTER MATCH SKIP PAST LAST ROW | TO NEXT ROW | TO [FIRST | LAST] variable */
function parseAfterMatch(cursor: Cursor): AfterMatchClause {
  cursor.expect('AFTER', 'MATCH', 'SKIP');
  if (cursor.accept('PAST')) {
    cursor.expect('LAST', 'ROW');
    return { kind: 'past-last-row' };
  }
  if (!cursor.is('TO')) cursor.fail('PAST LAST ROW, TO NEXT ROW, TO FIRST or TO LAST', ['PAST', 'TO']);
  cursor.advance();
  if (cursor.accept('NEXT', 'ROW')) return { kind: 'to-next-row' };
  const isFirst = cursor.is('FIRST') && cursor.ahead(1).kind !== 'symbol';
  const isLast = cursor.is('LAST') && cursor.ahead(1).kind !== 'symbol';
  if (isFirst || isLast) cursor.advance();
  const variable = cursor.name('a pattern variable');
  return { kind: isFirst ? 'to-first' : 'to-last', variable };
}

function parseWithin(cursor: Cursor): Expr {
  if (!cursor.is('INTERVAL')) cursor.fail("an INTERVAL such as INTERVAL '10' MINUTE", ['INTERVAL']);
  return parseIntervalLiteral(cursor);
}

function parseDefinition(cursor: Cursor): { readonly variable: Name; readonly condition: Expr } {
  const variable = cursor.name('a pattern variable');
  if (!cursor.accept('AS')) cursor.fail('AS and a condition', ['AS']);
  return { variable, condition: parseExpression(cursor) };
}
