import { forEachRow, type RecordBatch, valueAt } from '@millrace/batch';
import type { Connector, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import { jsonText } from '../formats/json-text.ts';
import { OptionValues } from '../option/option-values.ts';
import { PRINT } from './options.ts';

/** Rows as JSON in the log of the task, for looking at a job while writing it. */
export const print: Connector = {
  name: PRINT.name,
  title: PRINT.title,
  createSink: (options, schema) => {
    const values = new OptionValues(PRINT, options, 'sink');
    return new PrintSink(schema, values.text('print-identifier'), values.integer('rows-per-second') ?? 20);
  },
};

class PrintSink implements Sink {
  readonly guarantee: Guarantee = 'at-least-once';
  readonly #schema: Schema;
  readonly #label: string | undefined;
  readonly #rowsPerSecond: number;

  constructor(schema: Schema, label: string | undefined, rowsPerSecond: number) {
    this.#schema = schema;
    this.#label = label;
    this.#rowsPerSecond = rowsPerSecond;
  }

  async prepare(): Promise<void> {}

  async createWriter(context: WriterContext): Promise<SinkWriter> {
    return new PrintWriter(this.#schema, this.#label, this.#rowsPerSecond, context);
  }
}

/** Flink's short names, by the number of the change. */
const CHANGE_SIGNS = ['+I', '-U', '+U', '-D'] as const;

class PrintWriter implements SinkWriter {
  readonly #schema: Schema;
  readonly #label: string | undefined;
  readonly #rowsPerSecond: number;
  readonly #context: WriterContext;
  #secondStartedAt = 0;
  #printed = 0;
  #dropped = 0;

  constructor(schema: Schema, label: string | undefined, rowsPerSecond: number, context: WriterContext) {
    this.#schema = schema;
    this.#label = label;
    this.#rowsPerSecond = rowsPerSecond;
    this.#context = context;
  }

  write(batch: RecordBatch): undefined {
    this.#startSecond();
    forEachRow(batch, (row) => {
      if (this.#printed < this.#rowsPerSecond) {
        this.#printed++;
        this.#context.log.info(this.#label === undefined ? 'row' : `${this.#label} row`, {
          row: this.#text(batch, row),
        });
      } else this.#dropped++;
    });
  }

  async flush(): Promise<void> {}

  async prepareCommit(): Promise<readonly unknown[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#reportDropped();
  }

  #startSecond(): void {
    const now = this.#context.clock.monotonic();
    if (now - this.#secondStartedAt < 1_000) return;
    this.#reportDropped();
    this.#secondStartedAt = now;
    this.#printed = 0;
  }

  #reportDropped(): void {
    if (this.#dropped > 0) this.#context.log.info('rows not printed, they came too fast', { rows: this.#dropped });
    this.#dropped = 0;
  }

  #text(batch: RecordBatch, row: number): string {
    const parts = this.#schema.fields.map((field, index) => {
      const column = batch.columns[index];
      const value = column === undefined ? null : valueAt(column, field.type, row);
      return `${JSON.stringify(field.name)}:${jsonText(value, field.type)}`;
    });
    const text = `{${parts.join(',')}}`;
    return batch.changes === undefined ? text : `${CHANGE_SIGNS[batch.changes[row] ?? 0]}${text}`;
  }
}
