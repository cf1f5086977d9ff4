import type { UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import { isExact, isInt32, scaleOf, unsupported } from '../expression/scope.ts';
import { divideWide, power10, rescaleWide } from '../function/decimal.ts';
import { computationOf, keyOf } from '../over/computation.ts';
import { userRunning } from '../over/user-running.ts';
import { compareOf } from '../row/row-order.ts';
import { type Cell, narrowed } from '../row/stored-row.ts';

/** Cells of a few rows in order, NULLs too, as one. */
export type Fold = (cells: readonly Cell[]) => Cell;

/** An aggregate over the cells of a few rows: nothing gives NULL, but for what counts and what somebody wrote. */
export function foldOf(call: AggregateCall, functions?: UserFunctions): Fold {
  const fold = plainFold(call, functions);
  return call.distinct === true ? (cells) => fold(different(cells)) : fold;
}

function plainFold(call: AggregateCall, functions: UserFunctions | undefined): Fold {
  const { name, arg, type } = call;
  if (name === 'count') return (cells) => present(cells).length;
  if (arg === undefined) throw unsupported(name, type);
  switch (name) {
    case 'min':
    case 'max': {
      const compare = compareOf(arg.type);
      const sign = name === 'min' ? 1 : -1;
      return (cells) =>
        present(cells).reduce((best, cell) => (best === null || compare(cell, best) * sign < 0 ? cell : best), null);
    }
    case 'sum':
    case 'avg':
      if (isExact(arg.type) && isExact(type)) return exactFold(name, arg.type, type);
      if (arg.type.kind !== 'float' && arg.type.kind !== 'double')
        throw unsupported(name.toUpperCase(), arg.type, type);
      return doubleFold(name, type);
    case 'first_value':
      return (cells) => present(cells)[0] ?? null;
    case 'last_value':
      return (cells) => present(cells).at(-1) ?? null;
    case 'user': {
      const { add, resultOf } = userRunning(call, functions);
      return (cells) => resultOf(add(undefined, present(cells)));
    }
    default: {
      const compute = computationOf(call);
      const isOfAll = name === 'array_agg';
      return (cells) => {
        const counted = isOfAll ? cells : present(cells);
        return counted.length === 0 && name !== 'approx_count_distinct' ? null : compute(counted);
      };
    }
  }
}

/** The first of equal cells. */
function different(cells: readonly Cell[]): readonly Cell[] {
  const seen = new Set<ReturnType<typeof keyOf>>();
  return cells.filter((cell) => {
    const key = keyOf(cell);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
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
