import {
  type Column,
  columnKindOf,
  columnOf,
  type RecordBatch,
  rowNumbers,
  StringColumn,
  type Value,
  withSelection,
} from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { GeneratedLoop, type Target, usedNulls } from './generate.ts';

/**
 * One column per expression, at the row numbers of the batch; rows outside its selection hold anything. `now` is the
 * processing time for CURRENT_TIMESTAMP and its kin. Throws `expression.<reason>` on the first row that fails.
 */
export type Projection = (batch: RecordBatch, now: number) => readonly Column[];

/** The batch with only the rows for which the predicate is true (not NULL); the batch itself when all are. */
export type Predicate = (batch: RecordBatch, now: number) => RecordBatch;

/** Of expressions without calls of user functions: see `compile.ts`. `owner` starts every error message: the label of the plan node. */
export function projectionLoop(expressions: readonly Expression[], schema: Schema, owner: string): Projection {
  const computed = expressions.filter((expression) => expression.kind !== 'column');
  const loop = new GeneratedLoop(schema, owner, undefined, computed);
  return (batch, now) => {
    const results = computed.length === 0 ? [] : compute(loop, computed, batch, now);
    let next = 0;
    return expressions.map((expression) => {
      const column = expression.kind === 'column' ? batch.columns[expression.index] : results[next++];
      if (column === undefined) throw new Error(`${owner}: a projected column does not exist`);
      return column;
    });
  };
}

export function predicateLoop(predicate: Expression, schema: Schema, owner: string): Predicate {
  const loop = new GeneratedLoop(schema, owner, predicate, []);
  let scratch = new Int32Array(0);
  return (batch, now) => {
    if (scratch.length < batch.rows) scratch = new Int32Array(Math.max(batch.rows, 1024));
    const { count } = loop.run(batch, scratch, now, () => []);
    const before = batch.selection?.length ?? batch.rows;
    return count === before ? batch : withSelection(batch, scratch.slice(0, count));
  };
}

function compute(loop: GeneratedLoop, expressions: readonly Expression[], batch: RecordBatch, now: number): Column[] {
  let mode = false;
  const { targets } = loop.run(batch, EMPTY, now, (wide) => {
    mode = wide;
    return expressions.map(({ type }) => targetFor(type, batch.rows, wide));
  });
  return expressions.map(({ type }, at) => {
    const target = targets[at];
    if (target === undefined) throw new Error('an output was not computed');
    return columnFrom(target, type, batch, mode);
  });
}

const EMPTY = new Int32Array(0);

function targetFor(type: DataType, rows: number, wide: boolean): Target {
  const nulls = new Uint8Array(rows);
  switch (columnKindOf(type)) {
    case 'boolean':
      return { values: new Uint8Array(rows), nulls };
    case 'int32':
      return { values: new Int32Array(rows), nulls };
    case 'float64':
      return { values: new Float64Array(rows), nulls };
    case 'int64':
      return { values: wide ? new Array<unknown>(rows).fill(0n) : new Float64Array(rows), nulls };
    default:
      return { values: new Array<unknown>(rows).fill(undefined), nulls };
  }
}

function columnFrom(target: Target, type: DataType, batch: RecordBatch, wide: boolean): Column {
  const nulls = usedNulls(target.nulls);
  const { values } = target;
  const kind = columnKindOf(type);
  if (values instanceof Uint8Array) return { kind: 'boolean', values, nulls };
  if (values instanceof Int32Array) return { kind: 'int32', values, nulls };
  if (values instanceof Float64Array) {
    return kind === 'int64' ? { kind: 'int64', values, wide: undefined, nulls } : { kind: 'float64', values, nulls };
  }
  if (kind === 'int64' && wide) return int64From(values as bigint[], batch, nulls);
  if (kind === 'string') return StringColumn.fromStrings(values as (string | undefined)[], nulls);
  if (kind === 'object') return { kind: 'object', values, nulls };
  const bytes = columnOf(values as Value[], type);
  return bytes.kind === 'bytes' ? { ...bytes, nulls } : bytes;
}

/** Narrow again when every selected value fits. */
function int64From(wide: bigint[], batch: RecordBatch, nulls: Uint8Array | undefined): Column {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  const values = new Float64Array(batch.rows);
  for (const row of rows) {
    const value = Number(wide[row] ?? 0n);
    if (!Number.isSafeInteger(value)) return { kind: 'int64', values: new Float64Array(0), wide, nulls };
    values[row] = value;
  }
  return { kind: 'int64', values, wide: undefined, nulls };
}
