import type { ReaderContext, Source, SourceReader, Split } from '@millrace/contracts';
import type { PagedTable } from './paged-table.ts';
import { splitsOf, type TablePartition } from './partition.ts';
import { TableReader } from './reader.ts';

/** The rows a table or view has when it is read, once each: a bounded source. */
export class TableSource implements Source {
  readonly boundedness = 'bounded';
  readonly discoveryIntervalMs = undefined;
  readonly #table: PagedTable;
  readonly #partition: TablePartition | undefined;

  /** Without a partition the table is one split. */
  constructor(table: PagedTable, partition: TablePartition | undefined) {
    this.#table = table;
    this.#partition = partition;
  }

  async discover(signal: AbortSignal): Promise<readonly Split[]> {
    await this.#table.inspect(signal);
    return splitsOf(this.#partition);
  }

  createReader(context: ReaderContext): SourceReader {
    return new TableReader(this.#table.open(context));
  }
}
