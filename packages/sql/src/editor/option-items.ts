import { SETTINGS } from '../bind/setting.ts';
import type { Token } from '../token.ts';
import type { Completion, CompletionOptions } from './proposal.ts';

/** SET '...' = '...': the settings there are, then the values worth having. */
export function settingItems(before: readonly Token[]): readonly Completion[] {
  if (before[0]?.word !== 'SET' && before[0]?.word !== 'RESET') return [];
  const value = (label: string): Completion => ({ label, insert: `'${label}'`, kind: 'value' });
  if (before.at(-1)?.word === '=')
    return (SETTINGS.find(({ name }) => name === before[1]?.text)?.values ?? []).map(value);
  if (before.length > 1) return [];
  return SETTINGS.map(({ name, help }) => ({ label: name, insert: `'${name}'`, kind: 'option', detail: help }));
}

/** Inside WITH ( ... ): option names not yet given, or the values of the option before `=`. */
export function optionItems(before: readonly Token[], { optionsOf }: CompletionOptions): readonly Completion[] {
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
