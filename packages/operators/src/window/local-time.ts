import { type Column, type RecordBatch, rowNumbers } from '@millrace/batch';
import { type Collector, MAX_WATERMARK, type Operator, type OperatorContext } from '@millrace/contracts';
import type { Field, Schema } from '@millrace/model';
import type { TimeRef } from '@millrace/plan';
import { TimeZone } from '../function/time-zone.ts';

interface Windowing {
  readonly timeColumn: TimeRef;
  /** Columns of the input come through, in front. */
  readonly keepsInput: boolean;
}

/**
 * Windows cut in the local time of a zone: the window step below knows only the clock on the wall. Its times, its watermark and its clock
 * are turned into local time on the way in, the bounds of its windows into instants on the way out. An hour that is repeated is one
 * hour of windows, over when it has been shown for the last time (as Flink's TimeWindowUtil has it).
 * `create` makes the step for an input with one more column, which is its time.
 */
export function inLocalTime(
  zoneName: string,
  { timeColumn, keepsInput }: Windowing,
  input: Schema,
  create: (timeColumn: TimeRef, input: Schema) => Operator,
): Operator {
  const zone = TimeZone.of(zoneName);
  const width = input.fields.length;
  const time = timeColumn === 'processing' ? undefined : input.fields[timeColumn];
  const isAdded = time !== undefined;
  const step = isAdded ? create(width, withColumn(input, time)) : create('processing', input);
  const back = new Back(zone, keepsInput && isAdded ? width : undefined);
  return {
    state: step.state,
    open: (context) => step.open(withLocalClock(context, zone)),
    process: (batch, at, out) =>
      step.process(isAdded ? withLocalTime(batch, Number(timeColumn), zone) : batch, at, back.into(out, undefined)),
    onSplits: (splits, out) => step.onSplits?.(splits, out),
    onWatermark: (timestamp, out) =>
      step.onWatermark(timestamp === MAX_WATERMARK ? timestamp : zone.passedAt(timestamp), back.into(out, timestamp)),
    onIdle: (idle, out) => step.onIdle(idle, out),
    onProcessingTime: (now, caughtUp, out) =>
      step.onProcessingTime(zone.passedAt(now), caughtUp, back.into(out, undefined)),
    flush: (out) => step.flush(back.into(out, undefined)),
    close: () => step.close(),
  };
}

function withColumn(schema: Schema, time: Field): Schema {
  return { fields: [...schema.fields, { ...time, name: 'local_time' }], eventTime: schema.fields.length };
}

function withLocalClock(context: OperatorContext, zone: TimeZone): OperatorContext {
  const { clock } = context;
  const local = {
    now: () => zone.passedAt(clock.now()),
    monotonic: () => clock.monotonic(),
    sleep: (ms: number, signal: AbortSignal) => clock.sleep(ms, signal),
  };
  return { ...context, clock: local };
}

function withLocalTime(batch: RecordBatch, timeColumn: number, zone: TimeZone): RecordBatch {
  const column = batch.columns[timeColumn];
  if (column?.kind !== 'float64') throw new Error(`column ${timeColumn} is no time`);
  return { ...batch, columns: [...batch.columns, converted(batch, column, (ms) => zone.localAt(ms))] };
}

/** Only selected rows that are not NULL: the others hold anything. */
function converted(batch: RecordBatch, column: Column, convert: (ms: number) => number): Column {
  if (column.kind !== 'float64') throw new Error('a time is held as a number');
  const values = new Float64Array(batch.rows);
  for (const row of batch.selection ?? rowNumbers(batch.rows)) {
    if (column.nulls?.[row] !== 1) values[row] = convert(column.values[row] ?? 0);
  }
  return { kind: 'float64', values, nulls: column.nulls };
}

/** What the step emits, with instants for window_start, window_end and window_time, its last three columns. */
class Back {
  readonly #zone: TimeZone;
  readonly #dropped: number | undefined;

  /** `dropped`: the column that was added, where the step passes it on. */
  constructor(zone: TimeZone, dropped: number | undefined) {
    this.#zone = zone;
    this.#dropped = dropped;
  }

  /**
   * `watermark`: what the step's own watermark stands for. Undefined: it stands just before the first instant that may still come, for a local
   * time that is skipped is later than what the clock shows next.
   */
  into(out: Collector, watermark: number | undefined): Collector {
    return {
      emit: (batch) => out.emit(this.#converted(batch)),
      emitWatermark: (timestamp) => out.emitWatermark(watermark ?? this.#zone.lastInstantOf(timestamp + 1) - 1),
      emitIdle: (idle) => out.emitIdle(idle),
    };
  }

  #converted(batch: RecordBatch): RecordBatch {
    const [start, end] = batch.columns.slice(-3);
    if (start === undefined || end === undefined) throw new Error('a window step gives window columns');
    const own = batch.columns.slice(0, -3).filter((_, index) => index !== this.#dropped);
    const starts = converted(batch, start, (ms) => this.#zone.instantOf(ms));
    const ends = converted(batch, end, (ms) => this.#zone.lastInstantOf(ms - 1) + 1);
    const times = converted(batch, end, (ms) => this.#zone.lastInstantOf(ms - 1));
    return { ...batch, columns: [...own, starts, ends, times] };
  }
}
