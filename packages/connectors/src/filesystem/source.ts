import type { ReaderContext, RejectionBudget, Source, SourceReader } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SourceFilter } from '@millrace/plan';
import { FileDecoder } from './file-decoder.ts';
import type { FilesRoot } from './files-root.ts';
import { listFiles } from './listing.ts';
import { Partitioning } from './partitioning.ts';
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
  readonly #partitioning: Partitioning | undefined;

  constructor(table: FilesSourceTable, schema: Schema, filter: SourceFilter | undefined, root: FilesRoot) {
    this.#table = table;
    this.#schema = schema;
    this.#filter = filter;
    this.#root = root;
    this.boundedness = table.monitorIntervalMs === undefined ? 'bounded' : 'unbounded';
    this.rejectionBudget = table.rejectionBudget;
    this.discoveryIntervalMs = table.monitorIntervalMs;
    this.#partitioning =
      table.partitions.names.length === 0 ? undefined : new Partitioning(table.partitions, schema, filter);
    // A column the format cannot hold is refused now, not when the first task starts.
    this.#decoder();
  }

  discover(signal: AbortSignal): Promise<readonly FileSplit[]> {
    return listFiles(this.#root, this.#root.locate(this.#table.path), this.#partitioning, signal);
  }

  createReader({ clock }: ReaderContext): SourceReader {
    return new FileReader(this.#table, this.#decoder(), this.#root, clock);
  }

  #decoder(): FileDecoder {
    const partitioning = this.#partitioning;
    const partitionsOf =
      partitioning &&
      (({ start: { file } }: FileSplit) => {
        const folders = this.#root.below(this.#table.path, file);
        return partitioning.valuesOf(folders.slice(0, partitioning.depth), file);
      });
    return new FileDecoder(this.#table, this.#schema, this.#filter, partitionsOf);
  }
}
