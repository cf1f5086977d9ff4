import { BatchBuilder, forEachRow, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type {
  Clock,
  Log,
  MetricGroup,
  ReaderContext,
  SourceBatch,
  SourceReader,
  WriterContext,
} from '@millrace/contracts';
import type { ApplicationId, Guarantee, JobId, OperatorId, Schema } from '@millrace/model';

/** Contexts and small readers for this package's tests; imported by tests only. */
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

const metrics: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => metrics };

/** Keeps the lines it is given. */
class KeptLog implements Log {
  readonly lines: string[] = [];
  debug(message: string, fields?: object): void {
    this.#keep('debug', message, fields);
  }
  info(message: string, fields?: object): void {
    this.#keep('info', message, fields);
  }
  warn(message: string, fields?: object): void {
    this.#keep('warn', message, fields);
  }
  error(message: string, fields?: object): void {
    this.#keep('error', message, fields);
  }
  #keep(level: string, message: string, fields: object = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}

export function readerContext(subtask = 0): ReaderContext {
  return { subtask, clock, metrics, log: new KeptLog(), owner: 'test / source' };
}

export function writerContext(guarantee: Guarantee, change: Partial<WriterContext> = {}): WriterContext {
  return {
    job: 'job-1' as JobId,
    application: 'application-1' as ApplicationId,
    operator: 'sink-1' as OperatorId,
    subtask: 0,
    attempt: 1,
    guarantee,
    clock,
    metrics,
    log: new KeptLog(),
    ...change,
  };
}

export function batchOf(schema: Schema, rows: readonly (readonly Value[])[]): RecordBatch {
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  return builder.finish();
}

/** Selected rows as arrays of values. */
export function rowsOf(batch: RecordBatch): Value[][] {
  const rows: Value[][] = [];
  forEachRow(batch, (row) => {
    rows.push(batch.schema.fields.map((field, index) => fieldAt(batch, index, field.type, row)));
  });
  return rows;
}

function fieldAt(batch: RecordBatch, index: number, type: Schema['fields'][number]['type'], row: number): Value {
  const column = batch.columns[index];
  return column === undefined ? null : valueAt(column, type, row);
}

export interface Drained {
  readonly rows: Value[][];
  readonly rejected: SourceBatch['rejected'][number][];
}

const DRAIN_MS_MAX = 20_000;

/** Polls until `enough` or, for bounded splits, until all are finished. */
export async function drain(
  reader: SourceReader,
  enough: (drained: Drained) => boolean,
  maxRows = 1_000,
): Promise<Drained> {
  const drained: Drained = { rows: [], rejected: [] };
  const deadline = Date.now() + DRAIN_MS_MAX;
  while (!enough(drained)) {
    if (Date.now() > deadline) throw new Error(`only ${drained.rows.length} rows came in ${DRAIN_MS_MAX} ms`);
    const { batch, rejected } = await reader.poll(maxRows, 200, AbortSignal.timeout(DRAIN_MS_MAX));
    if (batch !== undefined) drained.rows.push(...rowsOf(batch));
    drained.rejected.push(...rejected);
  }
  return drained;
}
