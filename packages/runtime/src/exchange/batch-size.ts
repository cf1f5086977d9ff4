import type { Column, RecordBatch } from '@millrace/batch';

/** Strings are not measured (that could encode them): a guess per value, as flow control needs no more. */
const STRING_BYTES = 24;
const OBJECT_BYTES = 64;

/** Estimate of the memory a batch keeps alive for its selected rows, for local flow control. At least 1. */
export function estimateBatchBytes(batch: RecordBatch): number {
  const rows = batch.selection?.length ?? batch.rows;
  let perRow = 0;
  let bytes = 1;
  for (const column of batch.columns) {
    if (column.kind === 'bytes') bytes += bytesOf(column, batch);
    else perRow += bytesPerRow(column);
  }
  return bytes + rows * perRow;
}

function bytesPerRow(column: Exclude<Column, { kind: 'bytes' }>): number {
  switch (column.kind) {
    case 'boolean':
      return 1;
    case 'int32':
      return 4;
    case 'float64':
      return 8;
    case 'int64':
      return column.wide === undefined ? 8 : 16;
    case 'string':
      return STRING_BYTES;
    case 'object':
      return OBJECT_BYTES;
  }
}

function bytesOf(column: Extract<Column, { kind: 'bytes' }>, batch: RecordBatch): number {
  let bytes = 0;
  const add = (row: number): void => {
    if (column.nulls?.[row] !== 1) bytes += (column.ends[row] ?? 0) - (column.starts[row] ?? 0);
  };
  if (batch.selection === undefined) for (let row = 0; row < batch.rows; row++) add(row);
  else for (const row of batch.selection) add(row);
  return bytes;
}
