import type { LookupCache, LookupReader, LookupSource } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { lookupSettingsOf } from '../lookup/options.ts';
import { OptionValues } from '../option/option-values.ts';
import type { FilesRoot } from './files-root.ts';
import { FILESYSTEM } from './options.ts';
import { FilesSource } from './source.ts';
import { sourceTableOf } from './table.ts';

/** Files as the table of a lookup join: nothing finds a row in them by key, so the join keeps a copy of all. */
export class FilesLookup implements LookupSource {
  readonly cache: LookupCache;
  readonly retriesMax: number;
  readonly requestsMax = 1;
  readonly keysMax = 1;

  constructor(options: Readonly<Record<string, string>>, schema: Schema, root: FilesRoot) {
    const values = new OptionValues(FILESYSTEM, options, 'lookup');
    const settings = lookupSettingsOf(
      values,
      () => new FilesSource(sourceTableOf(values, schema), schema, undefined, root),
    );
    this.cache = settings.cache;
    this.retriesMax = settings.retriesMax;
  }

  /** Not called: the cache is always the whole table. */
  createReader(): LookupReader {
    throw new Error('files cannot be asked for rows by key');
  }
}
