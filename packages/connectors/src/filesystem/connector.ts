import type { Connector } from '@millrace/contracts';
import { FilesRoot } from './files-root.ts';
import { filesLookup } from './lookup.ts';
import { FILESYSTEM } from './options.ts';
import { FilesSink } from './sink.ts';
import { FilesSource } from './source.ts';
import { parseSinkTable, parseSourceTable } from './table.ts';

/** Files of JSON lines or CSV below one folder; `root` undefined: every table is refused. */
export function filesystem(root: string | undefined): Connector {
  const files = new FilesRoot(root);
  return {
    name: FILESYSTEM.name,
    title: FILESYSTEM.title,
    createSource: (options, schema, filter) =>
      new FilesSource(parseSourceTable(options, schema), schema, filter, files),
    createLookup: (options, schema) => filesLookup(options, schema, files),
    createSink: (options, schema) => new FilesSink(parseSinkTable(options, schema), schema, files),
  };
}
