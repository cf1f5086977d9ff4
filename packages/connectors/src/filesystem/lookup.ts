import type { LookupSource } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { lookupSourceOf } from '../lookup/options.ts';
import { OptionValues } from '../option/option-values.ts';
import type { FilesRoot } from './files-root.ts';
import { FILESYSTEM } from './options.ts';
import { FilesSource } from './source.ts';
import { sourceTableOf } from './table.ts';

/** Files as the table of a lookup join: nothing finds a row in them by key, so the join keeps a copy of all. */
export function filesLookup(options: Readonly<Record<string, string>>, schema: Schema, root: FilesRoot): LookupSource {
  const values = new OptionValues(FILESYSTEM, options, 'lookup');
  return lookupSourceOf(values, {
    copy: () => new FilesSource(sourceTableOf(values, schema), schema, undefined, root),
  });
}
