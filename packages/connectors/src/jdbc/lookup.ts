import type { LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import { lookupSourceOf } from '../lookup/options.ts';
import type { OptionValues } from '../option/option-values.ts';
import type { PagedTable } from './paged-table.ts';
import { TableSource } from './source.ts';

/** Connections of one task: a request runs while the next one is on its way. */
export const REQUESTS_MAX = 2;
const KEYS_MAX = 500;

/** A table that is asked for rows by key, a statement per request, or copied whole, then as one split. */
export function tableLookup(
  values: OptionValues,
  table: PagedTable,
  createReader: (context: ReaderContext) => LookupReader,
): LookupSource {
  return lookupSourceOf(values, {
    copy: () => new TableSource(table, undefined),
    ask: { requestsMax: REQUESTS_MAX, keysMax: KEYS_MAX, createReader },
  });
}
