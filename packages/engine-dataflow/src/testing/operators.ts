import { BatchBuilder, type RecordBatch, rowNumbers, selectedCount, valueAt, withSelection } from '@millrace/batch';
import type { Collector, Operator, OperatorContext } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LogicalNode, WindowAggregateNode } from '@millrace/plan';

/**
 * Operators for the engine's own tests, small enough to be seen right at a glance: pass rows on, make
 * watermarks, count by key in tumbling windows. What the product runs is in `@millrace/operators`.
 */
export function createTestOperator(node: LogicalNode, inputs: readonly Schema[]): Operator {
  if (inputs.length === 0) throw new Error(`no input schema for ${node.id}`);
  switch (node.kind) {
    case 'watermark':
      return new BoundedDelay(node.column, node.delayMs);
    case 'window-aggregate':
      return node.phase === 'local' ? new CountOfEach(node) : new TumblingCount(node);
    case 'filter':
      return new HoldBack();
    default:
      return new PassOn();
  }
}

class PassOn implements Operator {
  readonly state: Operator['state'] = [];

  open(): void {}

  process(batch: RecordBatch, _input: number, out: Collector): void {
    out.emit(batch);
  }

  onWatermark(timestamp: number, out: Collector): void {
    out.emitWatermark(timestamp);
  }

  onIdle(idle: boolean, out: Collector): void {
    out.emitIdle(idle);
  }

  onProcessingTime(): void {}

  flush(_out: Collector): void {}

  close(): void {}
}

/** Keeps the latest batches in a field until it is flushed, as operators do that send fuller batches. */
class HoldBack extends PassOn {
  #held: RecordBatch[] = [];

  override process(batch: RecordBatch, _input: number, out: Collector): void {
    this.#held.push(batch);
    while (this.#held.length > 5) {
      const oldest = this.#held.shift();
      if (oldest !== undefined) out.emit(oldest);
    }
  }

  override flush(out: Collector): void {
    for (const batch of this.#held.splice(0)) out.emit(batch);
  }
}

/** Watermark after each batch: the greatest time seen minus the delay. */
class BoundedDelay extends PassOn {
  readonly #column: number;
  readonly #delayMs: number;
  #greatest = Number.NEGATIVE_INFINITY;

  constructor(column: number, delayMs: number) {
    super();
    this.#column = column;
    this.#delayMs = delayMs;
  }

  override process(batch: RecordBatch, _input: number, out: Collector): void {
    const column = batch.columns[this.#column];
    if (column?.kind !== 'float64') throw new Error('the time column is a timestamp');
    for (const row of batch.selection ?? rowNumbers(batch.rows)) {
      this.#greatest = Math.max(this.#greatest, column.values[row] ?? 0);
    }
    out.emit(batch);
    out.emitWatermark(this.#greatest - this.#delayMs);
  }
}

/** The first of two phases, as far as it must go: each row is a partial count of one. */
class CountOfEach extends PassOn {
  readonly #node: WindowAggregateNode;

  constructor(node: WindowAggregateNode) {
    super();
    this.#node = node;
  }

  override process(batch: RecordBatch, _input: number, out: Collector): void {
    const { schema, keys, timeColumn } = this.#node;
    const picked = [...keys, Number(timeColumn)].map((index) => batch.columns[index]);
    const [time, ...columns] = [picked.at(-1), ...picked.slice(0, -1)];
    if (time === undefined || columns.includes(undefined)) throw new Error('a column is missing');
    const one = { kind: 'float64', values: new Float64Array(batch.rows).fill(1), nulls: undefined } as const;
    const all = [...columns.flatMap((column) => column ?? []), one, time, one];
    out.emit({ schema, rows: batch.rows, columns: all, selection: batch.selection });
  }
}

/** COUNT(*) by the key columns per tumbling window. Emits keys, count, window_start, window_end, window_time. */
class TumblingCount extends PassOn {
  override readonly state: Operator['state'];
  readonly #node: WindowAggregateNode;
  readonly #sizeMs: number;
  #context: OperatorContext | undefined;
  #watermark = Number.NEGATIVE_INFINITY;

  constructor(node: WindowAggregateNode) {
    super();
    if (node.window.kind !== 'tumble') throw new Error('tests tumble only');
    this.#node = node;
    this.#sizeMs = node.window.sizeMs;
    const keyTypes = node.schema.fields.slice(0, node.keys.length).map((field) => field.type);
    // The marks table holds no keys, only namespaces: the watermark when the snapshot was taken.
    this.state = [
      { kind: 'table', name: 'counts', keyTypes, accumulators: ['float64'] },
      { kind: 'table', name: 'marks', keyTypes: [], accumulators: [] },
    ];
  }

  override open(context?: OperatorContext): void {
    this.#context = context;
    this.#watermark = Math.max(Number.NEGATIVE_INFINITY, ...(context?.state.table('marks').namespaces() ?? []));
  }

  override process(batch: RecordBatch): void {
    const context = this.#opened();
    const times = batch.columns[Number(this.#node.timeColumn)];
    if (times?.kind !== 'float64') throw new Error('the time column is a timestamp');
    const windows = new Map<number, number[]>();
    for (const row of batch.selection ?? rowNumbers(batch.rows)) {
      const start = Math.floor((times.values[row] ?? 0) / this.#sizeMs) * this.#sizeMs;
      if (start + this.#sizeMs - 1 <= this.#watermark) context.metrics.count('late_records_dropped_total');
      else windows.set(start, [...(windows.get(start) ?? []), row]);
    }
    for (const [start, rows] of windows) {
      const window = withSelection(batch, Int32Array.from(rows));
      const table = context.state.table('counts').at(start);
      const slots = new Int32Array(selectedCount(window));
      table.slotsOf(window, this.#node.keys, slots);
      const counts = table.float64(0);
      for (const [at, slot] of slots.entries()) counts[slot] = (counts[slot] ?? 0) + this.#weight(batch, rows[at] ?? 0);
    }
  }

  override onWatermark(timestamp: number, out: Collector): void {
    const { state } = this.#opened();
    const marks = state.table('marks');
    for (const mark of marks.namespaces()) marks.drop(mark);
    marks.at(timestamp);
    this.#watermark = timestamp;
    const tables = state.table('counts');
    for (const start of tables.namespaces()) {
      if (start + this.#sizeMs - 1 > timestamp) break;
      this.#emit(start, out);
      tables.drop(start);
    }
    out.emitWatermark(timestamp);
  }

  /** How many rows a row stands for. */
  #weight(batch: RecordBatch, row: number): number {
    const rows = this.#node.phase === 'global' ? batch.columns.at(-1) : undefined;
    return rows?.kind === 'float64' ? (rows.values[row] ?? 0) : 1;
  }

  #emit(start: number, out: Collector): void {
    const table = this.#opened().state.table('counts').at(start);
    const { schema, keys } = this.#node;
    const builder = new BatchBuilder(schema);
    const columns = table.keyColumns();
    for (let slot = 0; slot < table.size; slot++) {
      const key = keys.map((_, at) => {
        const [column, field] = [columns[at], schema.fields[at]];
        return column === undefined || field === undefined ? null : valueAt(column, field.type, slot);
      });
      const end = start + this.#sizeMs;
      builder.append([...key, BigInt(table.float64(0)[slot] ?? 0), start, end, end - 1]);
    }
    out.emit(builder.finish());
  }

  #opened(): OperatorContext {
    if (this.#context === undefined) throw new Error('not open');
    return this.#context;
  }
}
