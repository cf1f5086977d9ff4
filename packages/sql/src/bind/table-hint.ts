import { shortHash } from '@millrace/plan';
import type { Hint, OptionEntry } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';
import type { BoundTable } from './table.ts';

/** The hints behind the name of a table, and what they are for. */
export const TABLE_HINTS: Readonly<Record<string, string>> = {
  OPTIONS: "OPTIONS('key' = 'value', ...): other options for this one use of the table.",
};

/** The options of OPTIONS('key' = 'value', ...) behind the name of a table; undefined after a report. */
export function hintedOptions(hints: readonly Hint[], report: Report): readonly OptionEntry[] | undefined {
  const options: OptionEntry[] = [];
  for (const hint of hints) {
    if (hint.name.text.toUpperCase() !== 'OPTIONS') {
      const { hint: help, fix } = didYouMean(hint.name.text, hint.name, Object.keys(TABLE_HINTS));
      const known = help === '' ? " Behind a table stands OPTIONS('key' = 'value')." : help;
      return report.error('sql.syntax', hint.name, `No hint ${hint.name.text} for a table.${known}`, fix);
    }
    const [item] = hint.items;
    if (item !== undefined || hint.options.length === 0)
      return report.error('sql.syntax', item ?? hint, "OPTIONS takes options: OPTIONS('key' = 'value', ...).");
    for (const option of hint.options) {
      const twice = options.some(({ key }) => key === option.key);
      if (twice) report.error('sql.duplicate-name', option.keySpan, `Option '${option.key}' is given twice.`);
      else options.push(option);
    }
  }
  return options;
}

/** A table read or written with other options than it declares: to a plan another table. */
export function withOptions(table: BoundTable, options: readonly OptionEntry[]): BoundTable {
  if (options.length === 0) return table;
  const keys = new Set(options.map(({ key }) => key));
  const said = options.map(({ key, value }) => [key, value]).sort();
  return {
    ...table,
    options: [...table.options.filter(({ key }) => !keys.has(key)), ...options],
    hint: shortHash(JSON.stringify(said)),
  };
}

/** What tells a table in a plan from others: its name, and the options a hint gives it. */
export function planName({ name, hint }: BoundTable): string {
  return hint === undefined ? name : `${name} ${hint}`;
}
