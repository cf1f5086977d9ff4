import type { Column } from '@millrace/batch';
import type { AccumulatorKind, KeyedTable } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import { unsupported } from '../expression/scope.ts';
import { countAccumulation } from './count.ts';
import { extremeAccumulation } from './extreme.ts';
import { sumAccumulation } from './sum.ts';

/** The rows of one slice, without those a FILTER or a NULL argument takes out: row `rows[i]` goes to slot `slots[i]`. */
export interface Placed {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  /** How many of the two arrays count. */
  readonly count: number;
}

/**
 * How one aggregate call lives in a table: `kinds` are its accumulators, the first of them at number `base`. A fresh slot
 * (zeros, undefined) is the empty aggregate.
 */
export interface Accumulation {
  readonly kinds: readonly AccumulatorKind[];
  /** `argument` is undefined for COUNT(*); its NULL rows are not in `placed`. */
  accumulate(table: KeyedTable, base: number, argument: Column | undefined, placed: Placed): void;
  /** Adds slot i of `from` to slot `slots[i]` of `to`. */
  merge(from: KeyedTable, to: KeyedTable, base: number, slots: Int32Array): void;
  /** One value per slot. */
  result(table: KeyedTable, base: number): Column;
}

export function accumulationOf(call: AggregateCall): Accumulation {
  if (call.name === 'count') return countAccumulation();
  if (call.arg === undefined) throw unsupported(call.name, call.type);
  switch (call.name) {
    case 'sum':
    case 'avg':
      return sumAccumulation(call.name, call.arg.type, call.type);
    case 'min':
    case 'max':
      return extremeAccumulation(call.name, call.type);
    default:
      throw unsupported(call.name, call.type);
  }
}
