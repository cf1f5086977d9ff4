import { formatDataType } from '@millrace/model';
import type { BoundScript } from '../bind/script.ts';
import { check } from '../compile.ts';
import { FUNCTIONS } from '../functions/catalog.ts';
import { RESERVED } from '../keyword.ts';
import { TYPE_NAMES } from '../parser/type.ts';
import type { Token } from '../token.ts';
import { continuations } from './continuation.ts';
import { openParentheses, readableColumns, type Surroundings, surroundingsOf, visibleColumns } from './surroundings.ts';

/** One proposal. `insert` replaces the word being written; the label does when it is absent. */
export interface Completion {
  readonly label: string;
  readonly insert?: string;
  readonly kind: 'keyword' | 'table' | 'column' | 'function' | 'type' | 'option' | 'value';
  readonly detail?: string;
}

/** A connector option the editor can propose. */
export interface OptionProposal {
  readonly name: string;
  readonly help?: string;
  readonly values?: readonly string[];
}

export interface CompletionOptions {
  /** The options of a connector; of none chosen yet (undefined) at least `connector` with its values. */
  readonly optionsOf?: (connector: string | undefined) => readonly OptionProposal[];
}

/** What may stand at `offset` (UTF-16). The text from `from` to `offset` is what the proposals replace. */
export interface Completions {
  readonly from: number;
  /** The caller may do with it what it likes. */
  readonly items: Completion[];
}

const STATEMENTS = ['CREATE TABLE', 'CREATE VIEW', 'INSERT INTO', 'SELECT', 'SET', 'EXECUTE STATEMENT SET BEGIN'];
const IN_EXPRESSION = ['NOT', 'CASE', 'CAST', 'TRY_CAST', 'EXISTS', 'INTERVAL', 'DISTINCT', 'NULL', 'TRUE', 'FALSE'];
const IN_TABLE = ['WATERMARK FOR', 'PRIMARY KEY', 'METADATA FROM', 'VIRTUAL', 'NOT NULL', 'NOT ENFORCED', 'AS'];

/** What may stand at `offset` of a script that is being written. Never throws. */
export function complete(text: string, offset: number, options: CompletionOptions = {}): Completions {
  const place = surroundingsOf(text, offset);
  const { bound } = check(text, {});
  return { from: place.from, items: itemsAt(place, bound, options).filter((item) => matches(item, place, offset)) };
}

/** Proposals that begin with what is written, letter case ignored. */
function matches(item: Completion, { current, from }: Surroundings, offset: number): boolean {
  if (current === undefined) return true;
  const written = current.text.slice(0, Math.max(0, offset - from - (current.kind === 'word' ? 0 : 1)));
  return item.label.toLowerCase().startsWith(written.toLowerCase());
}

function itemsAt(place: Surroundings, bound: BoundScript, options: CompletionOptions): readonly Completion[] {
  const { before, statement, current } = place;
  const previous = before.at(-1);
  const open = openParentheses(before);
  const withOpen = open.some((at) => before[at - 1]?.word === 'WITH');
  if (before[0]?.word === 'CREATE' && withOpen) return optionItems(before, options);
  if (current?.kind === 'string') return [];
  if (before.length === 0) return keywords(STATEMENTS);
  if (previous?.word === '.') return qualifiedColumns(before.at(-2), statement, bound);
  if (previous?.word === 'INTO') return tables(bound, false);
  if (
    previous?.word === 'FROM' ||
    previous?.word === 'JOIN' ||
    (previous?.word === 'TABLE' && before[0]?.word !== 'CREATE')
  ) {
    const window = previous.word === 'FROM' ? [WINDOW] : [];
    return [...tables(bound, true), ...window];
  }
  if (before.at(-2)?.word === 'DESCRIPTOR') {
    return visibleColumns(statement, bound)
      .filter((column) => column.isEventTime)
      .map(columnItem);
  }
  if (before[0]?.word === 'CREATE' && !before.some((token) => token.word === 'SELECT')) return tableItems(before, open);
  const next = continuations(before);
  if (next !== undefined) return keywords(next);
  const named = statement.some((token) => token.word === 'FROM');
  const columns = (named ? visibleColumns(statement, bound) : readableColumns(statement, bound)).map(columnItem);
  return [...unique(columns), ...functions(), ...keywords(IN_EXPRESSION)];
}

const WINDOW: Completion = {
  label: 'TABLE(TUMBLE(...))',
  insert: "TABLE(TUMBLE(TABLE , DESCRIPTOR(), INTERVAL '1' MINUTE))",
  kind: 'keyword',
  detail: 'a window of one minute',
};

/** Inside CREATE TABLE ( ... ): a type after a column's name, else the words of the grammar. */
function tableItems(before: readonly Token[], open: readonly number[]): readonly Completion[] {
  const outer = open[0];
  if (outer === undefined)
    return keywords(
      before.some((token) => token.word === ')') ? ['WITH'] : ['TABLE', 'VIEW', 'TEMPORARY', 'IF NOT EXISTS', 'AS'],
    );
  const beforeLast = before.at(-2);
  const afterName = beforeLast?.word === '(' || beforeLast?.word === ',' || before.at(-1)?.word === '<';
  if (afterName && before.length - 1 > outer) return TYPE_NAMES.map((label) => ({ label, kind: 'type' }));
  return keywords(IN_TABLE);
}

/** Inside WITH ( ... ): option names not yet given, or the values of the option before `=`. */
function optionItems(before: readonly Token[], { optionsOf }: CompletionOptions): readonly Completion[] {
  const strings = before.map((token, at) => ({ token, at })).filter(({ token }) => token.kind === 'string');
  const keyAt = (name: string) =>
    strings.find(({ token, at }) => token.text === name && before[at + 1]?.word === '=')?.at;
  const connectorAt = keyAt('connector');
  const connector = connectorAt === undefined ? undefined : before[connectorAt + 2]?.text;
  const known = optionsOf?.(connector) ?? [];
  if (before.at(-1)?.word === '=') {
    const name = before.at(-2)?.text;
    const values = known.find((option) => option.name === name)?.values ?? [];
    return values.map((label) => ({ label, insert: `'${label}'`, kind: 'value' }));
  }
  return known
    .filter((option) => keyAt(option.name) === undefined)
    .map(({ name, help }) => ({
      label: name,
      insert: `'${name}' = ''`,
      kind: 'option',
      ...(help === undefined ? {} : { detail: help }),
    }));
}

function qualifiedColumns(
  owner: Token | undefined,
  statement: readonly Token[],
  bound: BoundScript,
): readonly Completion[] {
  const columns = visibleColumns(statement, bound);
  return columns.filter(({ alias, table }) => (alias ?? table) === owner?.text).map(columnItem);
}

function tables(bound: BoundScript, withViews: boolean): readonly Completion[] {
  const declared = bound.tables.map(({ name, options }): Completion => {
    const connector = options.find(({ key }) => key === 'connector')?.value;
    return {
      label: name,
      insert: quoted(name),
      kind: 'table',
      ...(connector === undefined ? {} : { detail: connector }),
    };
  });
  const views = bound.views.map(
    ({ name }): Completion => ({ label: name, insert: quoted(name), kind: 'table', detail: 'view' }),
  );
  return withViews ? [...declared, ...views] : declared;
}

function columnItem(column: {
  readonly name: string;
  readonly type: Parameters<typeof formatDataType>[0];
  readonly table: string;
}): Completion {
  const detail = `${formatDataType(column.type)} of ${column.table}`;
  return { label: column.name, insert: quoted(column.name), kind: 'column', detail };
}

function functions(): readonly Completion[] {
  return FUNCTIONS.map(({ name, signatures, help }) => ({
    label: name,
    insert: signatures[0]?.startsWith(`${name}(`) ? `${name}(` : name,
    kind: 'function',
    detail: `${signatures[0] ?? name}. ${help}`,
  }));
}

function keywords(words: readonly string[]): readonly Completion[] {
  return words.map((label) => ({ label, kind: 'keyword' }));
}

/** A name as it must be written. */
function quoted(name: string): string {
  const plain = /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) && !RESERVED.has(name.toUpperCase());
  return plain ? name : `\`${name.replaceAll('`', '``')}\``;
}

function unique(items: readonly Completion[]): readonly Completion[] {
  const seen = new Set<string>();
  return items.filter(({ label }) => !seen.has(label) && seen.add(label));
}
