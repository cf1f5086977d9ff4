import { type Column, columnKindOf } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { BytesCells } from './bytes-cells.ts';
import type { Cells } from './cells.ts';
import { IntegerCells } from './integer-cells.ts';
import { NumberCells } from './number-cells.ts';
import { ObjectCells } from './object-cells.ts';

export function createCells(type: DataType): Cells {
  return createCellsOf(columnKindOf(type));
}

export function createCellsOf(kind: Column['kind']): Cells {
  switch (kind) {
    case 'boolean':
    case 'int32':
    case 'float64':
      return new NumberCells(kind);
    case 'int64':
      return new IntegerCells();
    case 'string':
    case 'bytes':
      return new BytesCells(kind);
    case 'object':
      return new ObjectCells();
  }
}
