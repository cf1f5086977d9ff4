import type { DataType } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import { compareNumbers, type Ordered, percentileOf } from '../aggregate/percentile-result.ts';
import { orderedPairs } from '../aggregate/weighted-percentile.ts';
import { unsupported } from '../expression/scope.ts';
import { encodeValue } from '../function/value-code.ts';
import type { Cell } from '../row/stored-row.ts';

/** An aggregate computed from all its cells at once: exact where its type is, for frames that are held anyway. */
export function computationOf(call: AggregateCall): (cells: readonly Cell[]) => Cell {
  const { name, arg, parameter, type } = call;
  switch (name) {
    case 'sum':
      return (cells) => (cells.length === 0 ? null : sumOf(numbers(cells)));
    case 'avg':
      return (cells) => (cells.length === 0 ? null : sumOf(numbers(cells)) / cells.length);
    case 'var_pop':
      return (cells) => variance(numbers(cells), 0);
    case 'var_samp':
      return (cells) => variance(numbers(cells), 1);
    case 'stddev_pop':
      return (cells) => root(variance(numbers(cells), 0));
    case 'stddev_samp':
      return (cells) => root(variance(numbers(cells), 1));
    case 'percentile':
      return (cells) => percentileOf(parameter, orderedCells(cells, arg?.type));
    case 'listagg':
      return (cells) => (cells.length === 0 ? null : cells.map(String).join(String(parameter ?? ',')));
    case 'array_agg':
      return (cells) => [...cells];
    case 'approx_count_distinct':
      return (cells) => new Set(cells.map(keyOf)).size;
    case 'single_value':
      return (cells) => cells[0] ?? null;
    default:
      throw unsupported(name, type);
  }
}

/** Equal for equal cells. */
export function keyOf(cell: Cell): string | number | bigint | boolean | null {
  return typeof cell === 'object' && cell !== null ? encodeValue(cell) : cell;
}

function numbers(cells: readonly Cell[]): number[] {
  return cells.map(Number);
}

/** Kahan's sum, with Neumaier's improvement: the error does not grow with the number of values. */
function sumOf(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** Two passes; `missing` 1 is the variance of a sample, NULL of fewer than two values. */
function variance(values: readonly number[], missing: 0 | 1): number | null {
  if (values.length <= missing) return null;
  const mean = sumOf(values) / values.length;
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - missing);
}

function root(value: number | null): number | null {
  return value === null ? null : Math.sqrt(value);
}

/** Numbers, or rows of one and of how often it counts. */
function orderedCells(cells: readonly Cell[], type: DataType | undefined): Ordered {
  if (type?.kind === 'row') return orderedPairs(cells.map((cell) => (Array.isArray(cell) ? cell : [])));
  const values = numbers(cells).sort(compareNumbers);
  return { count: values.length, at: (place) => values[place] ?? 0 };
}
