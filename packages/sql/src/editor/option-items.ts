import { SETTINGS } from '../bind/setting.ts';
import { type Catalog, optionOf } from '../bind/table.ts';
import type { Token } from '../token.ts';
import { otherTable } from './declared-table.ts';
import type { Completion, CompletionOptions } from './proposal.ts';
import { openParentheses, type Surroundings } from './surroundings.ts';

/** SET '...' = '...': the settings there are, then the values worth having. */
export function settingItems(before: readonly Token[]): readonly Completion[] {
  if (before[0]?.word !== 'SET' && before[0]?.word !== 'RESET') return [];
  const value = (label: string): Completion => ({ label, insert: `'${label}'`, kind: 'value' });
  if (before.at(-1)?.word === '=')
    return (SETTINGS.find(({ name }) => name === before[1]?.text)?.values ?? []).map(value);
  if (before.length > 1) return [];
  return SETTINGS.map(({ name, help }) => ({ label: name, insert: `'${name}'`, kind: 'option', detail: help }));
}

/** In the parentheses of WITH, or of SET and RESET of ALTER TABLE. */
export function isInOptions(before: readonly Token[]): boolean {
  return openParentheses(before).some((at) => ['WITH', 'SET', 'RESET'].includes(before[at - 1]?.word ?? ''));
}

/** There: option names not yet given, or the values of the option before `=`. The connector is that of the statement, else of the table it alters or is like. */
export function optionItems(
  { before, statement }: Pick<Surroundings, 'before' | 'statement'>,
  catalog: Catalog,
  { optionsOf }: CompletionOptions,
): readonly Completion[] {
  const strings = before.map((token, at) => ({ token, at })).filter(({ token }) => token.kind === 'string');
  const keyAt = (name: string) =>
    strings.find(({ token, at }) => token.text === name && before[at + 1]?.word === '=')?.at;
  const connectorAt = keyAt('connector');
  const other = catalog.get(otherTable(statement) ?? '');
  const inherited = other?.kind === 'table' ? optionOf(other, 'connector') : undefined;
  const connector = connectorAt === undefined ? inherited : before[connectorAt + 2]?.text;
  const known = optionsOf?.(connector) ?? [];
  if (before.at(-1)?.word === '=') {
    const name = before.at(-2)?.text;
    const values = known.find((option) => option.name === name)?.values ?? [];
    return values.map((label) => ({ label, insert: `'${label}'`, kind: 'value' }));
  }
  const open = openParentheses(before).at(-1) ?? 0;
  const isReset = before[open - 1]?.word === 'RESET';
  return known
    .filter((option) => keyAt(option.name) === undefined)
    .map(({ name, help }) => ({
      label: name,
      insert: isReset ? `'${name}'` : `'${name}' = ''`,
      kind: 'option',
      ...(help === undefined ? {} : { detail: help }),
    }));
}
