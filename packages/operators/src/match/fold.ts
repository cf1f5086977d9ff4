import type { DataType } from '@millrace/model';
import type { MatchTerm } from '@millrace/plan';
import { isExact, isInt32, scaleOf, unsupported } from '../expression/scope.ts';
import { divideWide, power10, rescaleWide } from '../function/decimal.ts';
import { compareOf } from '../row/row-order.ts';
import { type Cell, narrowed } from '../row/stored-row.ts';

export type Fold = (cells: readonly Cell[]) => Cell;

type Aggregate = Exclude<MatchTerm['take']['kind'], 'first' | 'last'>;

/** An aggregate over the cells of a few rows: NULLs do not count, nothing gives NULL (COUNT: 0). Exactness and widths as GROUP BY has them. */
export function foldOf(kind: Aggregate, argument: DataType, type: DataType): Fold {
  switch (kind) {
    case 'count':
      return (cells) => present(cells).length;
    case 'min':
    case 'max': {
      const compare = compareOf(argument);
      const sign = kind === 'min' ? 1 : -1;
      return (cells) =>
        present(cells).reduce((best, cell) => (best === null || compare(cell, best) * sign < 0 ? cell : best), null);
    }
    case 'sum':
    case 'avg':
      if (isExact(argument) && isExact(type)) return exactFold(kind, argument, type);
      if (argument.kind !== 'float' && argument.kind !== 'double')
        throw unsupported(kind.toUpperCase(), argument, type);
      return doubleFold(kind, type);
  }
}

function present(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter((cell) => cell !== null);
}

function exactFold(kind: 'sum' | 'avg', argument: DataType, type: DataType): Fold {
  return (cells) => {
    const values = present(cells);
    if (values.length === 0) return null;
    const total = values.reduce((sum: bigint, value) => sum + asBigint(value), 0n);
    const scaled =
      kind === 'sum'
        ? rescaleWide(total, scaleOf(type) - scaleOf(argument))
        : average(total, values.length, argument, type);
    return fitted(scaled, type);
  };
}

function asBigint(value: Cell): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number(value));
}

/** Integers truncate; DECIMAL rounds half up at the scale of the result. */
function average(total: bigint, count: number, argument: DataType, type: DataType): bigint {
  if (type.kind !== 'decimal') return total / (BigInt(count) * power10(scaleOf(argument)));
  const shift = type.scale - scaleOf(argument);
  return shift >= 0
    ? divideWide(total * power10(shift), BigInt(count))
    : divideWide(total, BigInt(count) * power10(-shift));
}

/** Integers wrap at their width, a DECIMAL too long is NULL. */
function fitted(value: bigint, type: DataType): Cell {
  if (type.kind === 'decimal') {
    const limit = power10(type.precision);
    return value >= limit || value <= -limit ? null : narrowed(value);
  }
  if (!isInt32(type)) return narrowed(BigInt.asIntN(64, value));
  return Number(BigInt.asIntN(type.kind === 'tinyint' ? 8 : type.kind === 'smallint' ? 16 : 32, value));
}

function doubleFold(kind: 'sum' | 'avg', type: DataType): Fold {
  return (cells) => {
    const values = present(cells);
    if (values.length === 0) return null;
    const total = values.reduce((sum: number, value) => sum + Number(value), 0);
    const result = kind === 'sum' ? total : total / values.length;
    return type.kind === 'float' ? Math.fround(result) : result;
  };
}
