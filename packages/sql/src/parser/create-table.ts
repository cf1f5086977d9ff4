import { type CreateTable, type KeyDefinition, LIKE_FEATURES, type LikeClause, type Name, type Query } from '../ast.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';
import { parseWithOptions } from './options.ts';
import { parseColumnNames, parseTableName } from './table-name.ts';
import { parseComment, parseParts, sortParts, type TablePart } from './table-part.ts';

interface TableHead {
  readonly first: Token;
  readonly temporary: boolean;
  readonly replaces: CreateTable['replaces'];
}

/**
 * After CREATE [TEMPORARY] TABLE or [CREATE OR] REPLACE TABLE: [IF NOT EXISTS] name [( parts )] [COMMENT 'text']
 * [PARTITIONED BY ( columns )] [WITH ( options )] [LIKE table [( choices )] | AS query]
 */
export function parseCreateTable(cursor: Cursor, { first, temporary, replaces }: TableHead): CreateTable {
  const ifNotExists = replaces === undefined && cursor.accept('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor);
  const hasParts = cursor.is('(');
  if (!hasParts && !cursor.is('COMMENT', 'PARTITIONED', 'WITH', 'LIKE', 'AS')) cursor.fail('( and the columns');
  const queryColumns = hasParts ? parseNamesAlone(cursor) : [];
  const { parts, end, incomplete } =
    hasParts && queryColumns.length === 0 ? parseParts(cursor) : { ...NO_PARTS, end: cursor.previous.to };
  const comment = parseComment(cursor);
  if (cursor.sees('DISTRIBUTED'))
    cursor.unsupported(cursor.token, 'DISTRIBUTED BY', 'remove it: no connector here stores rows in buckets');
  const partitionedBy = cursor.is('PARTITIONED') ? parsePartitionedBy(cursor) : undefined;
  const options = cursor.is('WITH') ? parseWithOptions(cursor) : undefined;
  const like = cursor.is('LIKE') ? parseLike(cursor) : undefined;
  const query = like === undefined ? parseAsQuery(cursor, temporary) : undefined;
  if (!hasParts && like === undefined && query === undefined)
    cursor.fail('LIKE a table, or AS and a query', ['LIKE', 'AS']);
  if (queryColumns.length > 0 && query === undefined)
    cursor.refuse('sql.syntax', queryColumns[0] ?? name, 'A column needs a type, unless AS and a query follow.');
  if (replaces !== undefined && query === undefined) cursor.fail('AS and a query', ['AS']);
  return {
    kind: 'create-table',
    name,
    temporary,
    ifNotExists,
    replaces,
    comment,
    ...sortParts(parts),
    partitionedBy,
    options: options?.entries ?? [],
    optionsSpan: options?.span,
    like,
    query,
    queryColumns,
    partsEnd: end,
    hasParts: parts.length > 0 || incomplete,
    incomplete,
    optionsIncomplete: options?.incomplete ?? false,
    isComposed: like !== undefined || query !== undefined,
    ...cursor.since(first),
  };
}

const NO_PARTS = { parts: [] as readonly TablePart[], incomplete: false };

/** ( name, ... ): only before AS query. */
function parseNamesAlone(cursor: Cursor): readonly Name[] {
  const next = cursor.ahead(2).word;
  return next === ',' || next === ')' ? parseColumnNames(cursor) : [];
}

/** PARTITIONED BY ( columns ) */
function parsePartitionedBy(cursor: Cursor): KeyDefinition {
  const first = cursor.expect('PARTITIONED');
  cursor.expect('BY');
  if (!cursor.is('(')) cursor.fail('( and the columns');
  const columns = parseColumnNames(cursor);
  return { columns, ...cursor.since(first) };
}

/** LIKE table [( {INCLUDING | EXCLUDING | OVERWRITING} feature ... )] */
function parseLike(cursor: Cursor): LikeClause {
  const first = cursor.expect('LIKE');
  const table = parseTableName(cursor);
  const choices: LikeClause['choices'][number][] = [];
  if (cursor.accept('(')) {
    do choices.push(parseChoice(cursor, choices));
    while (!cursor.accept(')'));
  }
  return { table, choices, ...cursor.since(first) };
}

const STRATEGIES = ['INCLUDING', 'EXCLUDING', 'OVERWRITING'] as const;
const FEATURES = ['ALL', ...LIKE_FEATURES] as const;
/** Of these there is one, so the other table's is taken or left. */
const NEVER_OVERWRITTEN: readonly string[] = ['ALL', 'CONSTRAINTS', 'PARTITIONS'];

function parseChoice(cursor: Cursor, before: LikeClause['choices']): LikeClause['choices'][number] {
  const first = cursor.token;
  const strategy = STRATEGIES.find((word) => cursor.is(word));
  if (strategy === undefined) return cursor.fail('INCLUDING, EXCLUDING or OVERWRITING', STRATEGIES);
  cursor.advance();
  const feature = FEATURES.find((word) => cursor.is(word));
  if (feature === undefined) return cursor.fail(FEATURES.join(', ').replace(/, (\w+)$/, ' or $1'), FEATURES);
  cursor.advance();
  const choice = { strategy, feature, ...cursor.since(first) };
  if (strategy === 'OVERWRITING' && NEVER_OVERWRITTEN.includes(feature))
    cursor.refuse(
      'sql.syntax',
      choice,
      `${feature} cannot be overwritten: write INCLUDING ${feature} or EXCLUDING ${feature}.`,
    );
  if (before.some((other) => other.feature === feature))
    cursor.refuse('sql.duplicate-name', choice, `LIKE says twice what is done with ${feature}.`);
  return choice;
}

/** [AS query] */
function parseAsQuery(cursor: Cursor, temporary: boolean): Query | undefined {
  if (!cursor.accept('AS')) return undefined;
  if (temporary)
    cursor.refuse('sql.syntax', cursor.previous, 'A temporary table takes no AS query in Flink: write CREATE TABLE.');
  if (!cursor.atQuery && !cursor.is('(') && !cursor.sees('TABLE')) cursor.fail('SELECT', ['SELECT', 'WITH', 'VALUES']);
  return cursor.query();
}
