import { formatDataType } from '@millrace/model';
import { formatSignature } from '@millrace/plan';
import type { BoundScript } from '../bind/script.ts';
import { quotedName } from '../bind/table.ts';
import { FUNCTIONS } from '../functions/catalog.ts';
import type { VisibleColumn } from './query-scope.ts';

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

export function columnItems(columns: readonly VisibleColumn[]): readonly Completion[] {
  return columns.map(({ name, type, table }) => {
    return { label: name, insert: quotedName(name), kind: 'column', detail: `${formatDataType(type)} of ${table}` };
  });
}

export function functionItems({ functions }: BoundScript): readonly Completion[] {
  const declared = functions.map((of): Completion => {
    return { label: of.name, insert: `${of.name}(`, kind: 'function', detail: formatSignature(of) };
  });
  const known = FUNCTIONS.map(({ name, signatures, help }): Completion => {
    const insert = signatures[0]?.startsWith(`${name}(`) ? `${name}(` : name;
    return { label: name, insert, kind: 'function', detail: `${signatures[0] ?? name}. ${help}` };
  });
  return [...declared, ...known];
}

/** What a parenthesis always follows. */
const CALLS = ['CAST', 'TRY_CAST', 'DESCRIPTOR', 'EXISTS', 'IN', 'NOT IN', 'VALUES'];

export function keywords(words: readonly string[]): readonly Completion[] {
  return words.map((label) => {
    return CALLS.includes(label)
      ? { label, insert: `${label}${SPACED.has(label) ? ' ' : ''}(`, kind: 'keyword' }
      : { label, kind: 'keyword' };
  });
}

const SPACED = new Set(['IN', 'NOT IN', 'VALUES']);

/** The first of each label. */
export function unique(items: readonly Completion[]): Completion[] {
  const seen = new Set<string>();
  return items.filter(({ label }) => !seen.has(label) && seen.add(label));
}
