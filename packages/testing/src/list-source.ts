import { BatchBuilder, type Value } from '@millrace/batch';
import type { Clock, Connector, ReaderContext, Source, SourceBatch, SourceReader, Split } from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';

interface ListSplit extends Split {
  readonly id: SplitId;
  readonly start: number;
}

/** Rows that live in the test: one list per split. Lists may grow, and splits may be added, while a job reads them. */
export class ListTable {
  readonly rows = new Map<SplitId, (readonly Value[])[]>();
  boundedness: Source['boundedness'] = 'bounded';
  discoveryIntervalMs: number | undefined = undefined;
  /** Small, so that a test has many batches. */
  rowsPerPoll = 7;
  /** Called before each row is handed out; throws to fail the task there. */
  onRow: (split: SplitId, position: number) => void = () => {};
  /** Rows that cannot be decoded. */
  isRejected: (row: readonly Value[]) => boolean = () => false;
  rejectionBudget: Source['rejectionBudget'];
  /** What readers were told about completed checkpoints. */
  readonly completed: (readonly Split[])[] = [];

  append(split: string, rows: readonly (readonly Value[])[]): void {
    const id = split as SplitId;
    this.rows.set(id, [...(this.rows.get(id) ?? []), ...rows]);
  }

  source(schema: Schema): Source {
    return {
      boundedness: this.boundedness,
      discoveryIntervalMs: this.discoveryIntervalMs,
      ...(this.rejectionBudget === undefined ? {} : { rejectionBudget: this.rejectionBudget }),
      discover: async () => [...this.rows.keys()].map((id): ListSplit => ({ id, start: 0 })),
      createReader: (context) => new ListReader(this, schema, context),
    };
  }
}

class ListReader implements SourceReader {
  readonly #table: ListTable;
  readonly #schema: Schema;
  readonly #clock: Clock;
  #splits: { readonly id: SplitId; position: number }[] = [];
  #next = 0;

  constructor(table: ListTable, schema: Schema, context: ReaderContext) {
    this.#table = table;
    this.#schema = schema;
    this.#clock = context.clock;
  }

  addSplits(splits: readonly Split[]): void {
    for (const { id, start } of splits) this.#splits.push({ id, position: Number(start) });
  }

  async poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    const batch = this.#read(Math.min(maxRows, this.#table.rowsPerPoll));
    if (batch.batch !== undefined || batch.rejected.length > 0 || batch.finishedSplits.length > 0) return batch;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal).catch(() => {});
    return batch;
  }

  snapshot(): readonly Split[] {
    return this.#splits.map(({ id, position }): ListSplit => ({ id, start: position }));
  }

  progress() {
    return this.#splits.map(({ id, position }) => {
      const lagRecords = this.#rowsOf(id).length - position;
      return { split: id, lagRecords, lagMs: undefined, caughtUp: lagRecords === 0 };
    });
  }

  async onCheckpointComplete(splits: readonly Split[]): Promise<void> {
    this.#table.completed.push(splits);
  }

  async close(): Promise<void> {}

  /** One split per poll, in turn. */
  #read(count: number): SourceBatch {
    const split = this.#splits[this.#next % Math.max(1, this.#splits.length)];
    this.#next++;
    if (split === undefined) return { batch: undefined, rejected: [], finishedSplits: [], bytes: 0 };
    const builder = new BatchBuilder(this.#schema);
    const rejected: SourceBatch['rejected'][number][] = [];
    for (const row of this.#rowsOf(split.id).slice(split.position, split.position + count)) {
      this.#table.onRow(split.id, split.position);
      if (this.#table.isRejected(row)) rejected.push(rejection(split.id, split.position, row));
      else builder.append(row);
      split.position++;
    }
    const finishedSplits = this.#finished(split) ? [split.id] : [];
    const { rows } = builder;
    const batch = rows === 0 ? undefined : { ...builder.finish(), runs: [{ split: split.id, from: 0, to: rows }] };
    return { batch, rejected, finishedSplits, bytes: rows * 8 };
  }

  #finished(split: { readonly id: SplitId; readonly position: number }): boolean {
    if (this.#table.boundedness !== 'bounded' || split.position < this.#rowsOf(split.id).length) return false;
    this.#splits = this.#splits.filter((other) => other.id !== split.id);
    return true;
  }

  #rowsOf(id: SplitId): readonly (readonly Value[])[] {
    return this.#table.rows.get(id) ?? [];
  }
}

function rejection(split: SplitId, position: number, row: readonly Value[]): SourceBatch['rejected'][number] {
  return {
    split,
    position: `row ${position}`,
    errorCode: 'list.rejected',
    error: 'the test says so',
    key: undefined,
    value: new TextEncoder().encode(String(row[0])),
  };
}

/** The connector `list`; option `table` names one of the tables. */
export function listConnector(tables: ReadonlyMap<string, ListTable>): Connector {
  return {
    name: 'list',
    title: 'Lists of a test',
    createSource: (options, schema) => {
      const table = tables.get(options.table ?? '');
      if (table === undefined) throw new Error(`no list table "${options.table}"`);
      return table.source(schema);
    },
  };
}
