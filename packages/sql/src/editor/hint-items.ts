import { QUERY_HINTS } from '../bind/query-hint.ts';
import type { Catalog } from '../bind/table.ts';
import { connectorOptions } from '../connector-options.ts';
import type { Completion, CompletionOptions } from './proposal.ts';
import type { Surroundings } from './surroundings.ts';

/** In a hint: its name, the options of the table it stands behind, the tables it is about. Undefined: the place is in none. */
export function hintItems(
  { hint, before, statement }: Surroundings,
  catalog: Catalog,
  options: CompletionOptions,
): readonly Completion[] | undefined {
  if (hint === undefined) return undefined;
  const open = hint.findLastIndex(({ word }) => word === '(');
  const isInside = open >= 0 && !hint.slice(open).some(({ word }) => word === ')');
  const isOfQuery = before.at(-1)?.word === 'SELECT';
  if (!isInside)
    return isOfQuery
      ? queryHints()
      : [
          {
            label: 'OPTIONS',
            insert: "OPTIONS('' = '')",
            kind: 'keyword',
            detail: 'Other options for this one use of the table.',
          },
        ];
  const name = hint[open - 1]?.word;
  if (name === 'OPTIONS') return tableOptions(hint.slice(open), before.at(-1)?.text ?? '', catalog, options);
  if (hint.at(-1)?.word === '=')
    return name === 'STATE_TTL' ? TTLS.map((label) => ({ label, insert: `'${label}'`, kind: 'value' })) : [];
  if (name === 'LOOKUP')
    return ['table', 'async', 'retry-predicate'].map((label) => ({ label, insert: `'${label}' = ''`, kind: 'option' }));
  const read = [...catalog.keys()].filter((table) => statement.some(({ text }) => text === table));
  return read.map((label) => ({ label, insert: name === 'STATE_TTL' ? `'${label}' = '1 d'` : label, kind: 'table' }));
}

const TTLS = ['1 h', '12 h', '1 d', '7 d'];

function queryHints(): readonly Completion[] {
  return Object.entries(QUERY_HINTS).map(([label, detail]) => ({
    label,
    insert: `${label}(`,
    kind: 'keyword',
    detail,
  }));
}

function tableOptions(
  inside: NonNullable<Surroundings['hint']>,
  table: string,
  catalog: Catalog,
  { optionsOf }: CompletionOptions,
): readonly Completion[] {
  const entry = catalog.get(table);
  const connector = entry?.kind === 'table' ? connectorOptions(entry, []).connector : undefined;
  const known = optionsOf?.(connector) ?? [];
  if (inside.at(-1)?.word === '=') {
    const values = known.find(({ name }) => name === inside.at(-2)?.text)?.values ?? [];
    return values.map((label) => ({ label, insert: `'${label}'`, kind: 'value' }));
  }
  const given = new Set(inside.filter(({ kind }) => kind === 'string').map(({ text }) => text));
  return known
    .filter(({ name }) => !given.has(name))
    .map(({ name, help }): Completion => {
      return { label: name, insert: `'${name}' = ''`, kind: 'option', ...(help === undefined ? {} : { detail: help }) };
    });
}
