import type { ReaderContext, RejectionBudget, Source, SourceReader } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { FileDecoder } from './file-decoder.ts';
import type { FilesRoot } from './files-root.ts';
import { listFiles } from './listing.ts';
import { FileReader } from './reader.ts';
import type { FileSplit } from './split.ts';
import type { FilesSourceTable } from './table.ts';

/** One split per file. Which files were read is part of every checkpoint, so none is read twice. */
export class FilesSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly discoveryIntervalMs: number | undefined;
  readonly rejectionBudget: RejectionBudget;
  readonly #table: FilesSourceTable;
  readonly #schema: Schema;
  readonly #filter: SourceFilter | undefined;
  readonly #root: FilesRoot;

  constructor(table: FilesSourceTable, schema: Schema, filter: SourceFilter | undefined, root: FilesRoot) {
    this.#table = table;
    this.#schema = schema;
    this.#filter = filter;
    this.#root = root;
    this.boundedness = table.monitorIntervalMs === undefined ? 'bounded' : 'unbounded';
    this.rejectionBudget = table.rejectionBudget;
    this.discoveryIntervalMs = table.monitorIntervalMs;
    // A column the format cannot hold is refused now, not when the first task starts.
    new FileDecoder(table, schema, filter);
  }

  discover(signal: AbortSignal): Promise<readonly FileSplit[]> {
    return listFiles(this.#root, this.#root.locate(this.#table.path), signal);
  }

  createReader({ clock }: ReaderContext): SourceReader {
    const parts = { table: this.#table, schema: this.#schema, filter: this.#filter };
    return new FileReader(parts, this.#root, clock);
  }
}
