import { formatDataType } from '@millrace/model';
import type { BoundScript } from '../bind/script.ts';
import type { CatalogEntry } from '../bind/script-catalog.ts';
import { quotedName } from '../bind/table.ts';
import { check } from '../compile.ts';
import { STATEMENT_STARTS, TIME_UNITS } from '../keyword.ts';
import type { Expected } from '../parser/expected.ts';
import { TYPE_NAMES } from '../parser/type.ts';
import type { Token } from '../token.ts';
import { isDeclaration, tableColumns } from './declared-table.ts';
import { expectedAt } from './expected-at.ts';
import { hintItems } from './hint-items.ts';
import { fieldsOf, patternVariables, targetOf, windowInput, windowNames } from './named-here.ts';
import { isInOptions, optionItems, settingItems } from './option-items.ts';
import { phrasesOf } from './phrase.ts';
import {
  type Completion,
  type CompletionOptions,
  type Completions,
  columnItems,
  functionItems,
  keywords,
  unique,
} from './proposal.ts';
import { catalogOf, columnsNamed, type QueryScope, queryScopeAt, type VisibleColumn } from './query-scope.ts';
import { openParentheses, type Surroundings, surroundingsOf } from './surroundings.ts';
import { WINDOW_CALLS } from './window-call.ts';

/** Where a proposal is made: the text around, what the grammar takes there, and what the script has declared. */
interface Place extends Surroundings {
  readonly text: string;
  readonly bound: BoundScript;
}

const STATEMENTS = [
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE FUNCTION',
  'INSERT INTO',
  'SELECT',
  'WITH',
  'SET',
  'EXECUTE STATEMENT SET BEGIN',
];
const OPERATORS = [
  'AND',
  'OR',
  'IS NULL',
  'IS NOT NULL',
  'IS DISTINCT FROM',
  'IN',
  'NOT IN',
  'BETWEEN',
  'NOT BETWEEN',
  'LIKE',
  'NOT LIKE',
];
const VALUES = ['NOT', 'CASE', 'CAST', 'TRY_CAST', 'EXISTS', 'INTERVAL', 'NULL', 'TRUE', 'FALSE'];
const SET_OPERATORS = ['UNION', 'INTERSECT', 'EXCEPT'];
const FRAMES = ['ROWS', 'RANGE'];
const IN_PATTERN = ['FIRST', 'LAST', 'MATCH_ROWTIME', 'MATCH_PROCTIME'];

/** What may stand at `offset` of a script that is being written. Never throws. */
export function complete(text: string, offset: number, options: CompletionOptions = {}): Completions {
  const around = surroundingsOf(text, offset);
  const begin = around.statement[0]?.from ?? offset;
  // What stands below, DROP too, is not there yet.
  const place = { ...around, text, bound: check(text.slice(0, begin), {}).bound };
  const items = unique(itemsAt(place, options).filter((item) => matches(item, around, offset)));
  return { from: around.from, items };
}

/** Proposals that begin with what is written, letter case ignored. */
function matches(item: Completion, { current, from }: Surroundings, offset: number): boolean {
  if (current === undefined) return true;
  const written = current.text.slice(0, Math.max(0, offset - from - (current.kind === 'word' ? 0 : 1)));
  return item.label.toLowerCase().startsWith(written.toLowerCase());
}

function itemsAt(place: Place, options: CompletionOptions): readonly Completion[] {
  const { before, current } = place;
  const inHint = hintItems(place, catalogOf(place.bound), options);
  if (inHint !== undefined) return inHint;
  if (isDeclaration(before) && isInOptions(before)) return optionItems(place, catalogOf(place.bound), options);
  const expected = expectedAt(before);
  if (current?.kind === 'string' || expected.strings.size > 0) return settingItems(before);
  const items = [...nameItems(place, expected), ...partItems(place, expected)];
  const words = [...expected.words].flatMap(phrasesOf);
  const isOperator = SET_OPERATORS.includes(before.at(-1)?.word ?? '');
  const all = isOperator ? ['ALL'] : [];
  const windows = expected.words.has('TABLE (') ? WINDOW_TABLES : [];
  return [...items, ...windows, ...keywords([...all, ...words])];
}

/** Types, units, statements, values: what the grammar takes besides words and names. */
function partItems(place: Place, { parts }: Expected): readonly Completion[] {
  const items: Completion[] = [];
  if (parts.has('statement')) items.push(...keywords(place.before.length === 0 ? allStatements() : STATEMENTS));
  if (parts.has('type')) items.push(...TYPE_NAMES.map((label): Completion => ({ label, kind: 'type' })));
  if (parts.has('time unit')) items.push(...keywords(TIME_UNITS));
  if (parts.has('window function')) items.push(...WINDOW_CALLS);
  if (parts.has('expression')) items.push(...valueItems(place));
  if (parts.has('operator')) items.push(...keywords(OPERATORS));
  return items;
}

function allStatements(): readonly string[] {
  const more = ['EXPLAIN', 'SHOW', 'DESCRIBE', 'DROP', 'RESET'].filter((word) => STATEMENT_STARTS.has(word));
  return [...STATEMENTS, ...more];
}

/** Columns in scope, functions, and the words a value begins with. */
function valueItems(place: Place): readonly Completion[] {
  const { before } = place;
  if (before.at(-1)?.word === '.') return qualifiedItems(place);
  const last = before.at(-1)?.word === 'BETWEEN' ? before.at(-2)?.word : before.at(-1)?.word;
  if (FRAMES.includes(last ?? '')) return last === 'RANGE' ? keywords(["INTERVAL '1' HOUR"]) : [];
  const input = windowInput(before);
  if (input !== undefined) return keywords(["INTERVAL '1' MINUTE", "INTERVAL '10' SECOND", "INTERVAL '1' HOUR"]);
  if (isDeclaration(before)) {
    return [
      ...columnItems(tableColumns(place.statement, catalogOf(place.bound))),
      ...functionItems(place.bound),
      ...keywords(VALUES),
    ];
  }
  const scope = scopeAt(place);
  if (isPatternOrder(before)) {
    return [
      ...columnItems(scope.columns.filter(({ time }) => time !== undefined)),
      { label: 'PROCTIME()', insert: 'PROCTIME()', kind: 'function', detail: 'as rows come' },
    ];
  }
  const columns = scope.columns.length > 0 ? scope.columns : readable(place, scope);
  const qualifiers = [...new Set(scope.columns.flatMap(({ qualifier }) => qualifier ?? []))];
  const inOrder = lastClause(before) === 'ORDER' ? scope.aliases : [];
  return [
    ...columnItems(columns),
    ...inOrder.map(
      (label): Completion => ({ label, insert: quotedName(label), kind: 'column', detail: 'of the result' }),
    ),
    ...(qualifiers.length > 1 ? qualifiers.map(qualifierItem) : []),
    ...(scope.inPattern ? patternItems(place.statement) : []),
    ...functionItems(place.bound),
    ...keywords(VALUES),
  ];
}

/** MATCH_RECOGNIZE ( ... ORDER BY: a time comes first. */
function isPatternOrder(before: readonly Token[]): boolean {
  const open = openParentheses(before).at(-1) ?? 0;
  const isFirst = before.at(-1)?.word === 'BY' && before.at(-2)?.word === 'ORDER';
  return isFirst && before[open - 1]?.word === 'MATCH_RECOGNIZE';
}

function qualifierItem(label: string): Completion {
  return { label, insert: `${quotedName(label)}.`, kind: 'table', detail: 'in FROM' };
}

function patternItems(statement: readonly Token[]): readonly Completion[] {
  const variables = patternVariables(statement).map((label): Completion => {
    return { label, insert: `${quotedName(label)}.`, kind: 'table', detail: 'pattern variable' };
  });
  return [...variables, ...IN_PATTERN.map((label): Completion => ({ label, insert: `${label}(`, kind: 'function' }))];
}

/** The columns a statement that names no table yet could come to read: those of every table and view but its target. */
function readable({ before }: Place, { catalog, hasFrom }: QueryScope): readonly VisibleColumn[] {
  if (hasFrom) return [];
  const target = targetOf(before);
  const names = [...catalog.keys()].filter((name) => name !== target);
  return names.flatMap((name) => columnsNamed(name, catalog, undefined));
}

/** Names that exist already, by what the grammar says stands here; new names are the author's own. */
function nameItems(place: Place, { names }: Expected): readonly Completion[] {
  const { before } = place;
  const previous = before.at(-1)?.word;
  if (previous === '.') return names.size > 0 ? qualifiedItems(place) : [];
  const items: Completion[] = [];
  if (names.has('a table name')) items.push(...tableItems(place));
  if (names.has('a view name') && before[0]?.word !== 'CREATE') items.push(...tableItems(place));
  if (names.has('a column name')) items.push(...columnItems(listedColumns(place)));
  if (names.has('the event-time column')) items.push(...columnItems(timeColumns(place)));
  if (names.has('a pattern variable') && previous !== '(') {
    items.push(...patternVariables(place.statement).map((label): Completion => ({ label, kind: 'table' })));
  }
  if (names.has('( or the name of a window')) items.push(...keywords(windowNames(place.statement)));
  return items;
}

function tableItems(place: Place): readonly Completion[] {
  const { before, bound } = place;
  const previous = before.at(-1)?.word;
  const isNew = isDeclaration(before) && before[0]?.word === 'CREATE' && previous !== 'LIKE';
  if (isNew) return [];
  const catalog = previous === 'INTO' ? catalogOf(bound) : scopeAt(place).catalog;
  return [...catalog.values()].flatMap((entry): readonly Completion[] => {
    if (entry.kind === 'view') {
      return previous === 'INTO'
        ? []
        : [{ label: entry.name, insert: quotedName(entry.name), kind: 'table', detail: 'view' }];
    }
    const connector = entry.options.find(({ key }) => key === 'connector')?.value;
    const detail = connector === undefined ? {} : { detail: connector };
    return [{ label: entry.name, insert: quotedName(entry.name), kind: 'table', ...detail }];
  });
}

/** In a list of column names: of INSERT those of its target, of USING those of both sides, of a key the declared ones. */
function listedColumns(place: Place): readonly VisibleColumn[] {
  const { before, statement, bound } = place;
  const open = openParentheses(before).at(-1) ?? before.length;
  const opener = before[open - 1];
  const written = new Set(before.slice(open + 1).map((token) => token.text));
  const rest = (columns: readonly VisibleColumn[]) => columns.filter(({ name }) => !written.has(name));
  if (before[open - 2]?.word === 'INTO') return rest(columnsNamed(opener?.text ?? '', catalogOf(bound), undefined));
  if (opener?.word === 'PARTITION') return rest(partitionColumns(before, catalogOf(bound)));
  if (isDeclaration(before)) return rest(tableColumns(statement, catalogOf(bound)));
  if (opener?.word === 'USING') {
    const { columns } = scopeAt(place);
    return rest(columns.filter((one, at) => columns.findIndex(({ name }) => name === one.name) < at));
  }
  const input = windowInput(before);
  return input === undefined ? [] : columnsNamed(input, scopeAt(place).catalog, undefined);
}

/** Of the table an INSERT writes. */
function partitionColumns(
  before: readonly Token[],
  catalog: ReadonlyMap<string, CatalogEntry>,
): readonly VisibleColumn[] {
  const name = targetOf(before) ?? '';
  const table = catalog.get(name);
  if (table?.kind !== 'table') return [];
  const names = new Set(table.partitionedBy.map((at) => table.columns[at]?.name));
  return columnsNamed(name, catalog, undefined).filter((column) => names.has(column.name));
}

/** Where a time is named: what may become the event time in CREATE TABLE, what is a time in DESCRIPTOR. */
function timeColumns(place: Place): readonly VisibleColumn[] {
  const { before, statement } = place;
  if (before.at(-1)?.word === 'FOR') {
    return tableColumns(statement, catalogOf(place.bound)).filter(
      ({ type }) => type.kind === 'timestamp' || type.kind === 'timestamp_ltz',
    );
  }
  const input = windowInput(before);
  if (input === undefined) return [];
  return columnsNamed(input, scopeAt(place).catalog, undefined).filter(({ time }) => time !== undefined);
}

/** After a dot: columns of the table, or fields of the ROW, that the names before it lead to. */
function qualifiedItems(place: Place): readonly Completion[] {
  const { before } = place;
  const path: string[] = [];
  for (let at = before.length - 1; before[at]?.word === '.'; at -= 2) path.unshift(before[at - 1]?.text ?? '');
  const [first, ...rest] = path;
  const scope = scopeAt(place);
  const own = scope.columns.filter(({ qualifier }) => qualifier === first);
  const isVariable = scope.inPattern && !scope.columns.some(({ name }) => name === first);
  const ofTable = own.length > 0 ? own : isVariable ? scope.columns : [];
  if (ofTable.length > 0 && rest.length === 0) return columnItems(ofTable);
  const steps = ofTable.length > 0 ? rest : path;
  const column = (ofTable.length > 0 ? ofTable : scope.columns).find(({ name }) => name === steps[0]);
  const fields = fieldsOf(column?.type, steps.slice(1));
  return fields.map(({ name, type }) => ({
    label: name,
    insert: quotedName(name),
    kind: 'column',
    detail: `${formatDataType(type)} of ${steps.join('.')}`,
  }));
}

function scopeAt({ text, statement, before, bound, current }: Place): QueryScope {
  return queryScopeAt(text, statement, before.length, bound, current);
}

const CLAUSES = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'ON'];

function lastClause(before: readonly Token[]): string | undefined {
  return before.findLast(({ word }) => CLAUSES.includes(word))?.word;
}

/** A window stands as a table of FROM. */
const WINDOW_TABLES: readonly Completion[] = WINDOW_CALLS.map((call) => ({
  ...call,
  label: `TABLE(${call.label})`,
  insert: `TABLE(${call.insert})`,
}));
