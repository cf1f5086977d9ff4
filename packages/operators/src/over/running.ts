import type { StateValue, UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import { isExact, scaleOf, unsupported } from '../expression/scope.ts';
import { divideWide, power10, rescaleWide } from '../function/decimal.ts';
import { compareOf } from '../row/row-order.ts';
import type { Cell } from '../row/stored-row.ts';
import { computationOf, keyOf } from './computation.ts';
import { userRunning } from './user-running.ts';

/**
 * One aggregate over a frame that moves: `state` is plain data, so it may lie in remembered state. Cells are added in order, numbered
 * by `seq`, and taken out in the same order.
 */
export interface Running {
  create(): StateValue;
  add(state: StateValue, cell: Cell, seq: number): StateValue;
  remove(state: StateValue, cell: Cell, seq: number): StateValue;
  result(state: StateValue): Cell;
}

/** `shrinks`: rows will be taken out again. NULL cells are not handed in, but for ARRAY_AGG. */
export function runningOf(call: AggregateCall, shrinks: boolean, functions?: UserFunctions): Running {
  const plain = call.name === 'user' ? userOf(call, shrinks, functions) : plainOf(call, shrinks);
  return call.distinct === true ? distinct(plain) : plain;
}

function plainOf(call: AggregateCall, shrinks: boolean): Running {
  const { name, arg, type } = call;
  if (name === 'count') return COUNT;
  if (arg === undefined) throw unsupported(name, type);
  switch (name) {
    case 'sum':
    case 'avg':
      // A double that was added cannot be taken out again without a trace: those are added up anew.
      return isExact(arg.type) && isExact(type) ? exactSum(name, arg.type, type) : queue(computationOf(call));
    case 'min':
    case 'max':
      return extreme(name, type, shrinks);
    case 'first_value':
      return queue((cells) => cells[0] ?? null);
    case 'last_value':
      return queue((cells) => cells.at(-1) ?? null);
    default:
      return queue(computationOf(call));
  }
}

/** Of an aggregate somebody wrote: its accumulator as it grows, or all cells of a frame that also shrinks. */
function userOf(call: AggregateCall, shrinks: boolean, functions: UserFunctions | undefined): Running {
  const { add, resultOf } = userRunning(call, functions);
  if (shrinks) return queue((cells) => resultOf(add(undefined, cells)));
  return {
    create: () => null,
    add: (state, cell) => (add(state ?? undefined, [cell]) ?? null) as StateValue,
    remove: (state) => state,
    result: (state) => resultOf(state ?? undefined),
  };
}

const COUNT: Running = {
  create: () => 0,
  add: (state) => Number(state) + 1,
  remove: (state) => Number(state) - 1,
  result: (state) => Number(state),
};

/** [count, total of the unscaled values, a number while it is a safe integer], changed in place. */
type Total = [count: number, total: number | bigint];

function exactSum(name: 'sum' | 'avg', from: DataType, to: DataType): Running {
  const shift = (state: StateValue, cell: Cell, sign: 1 | -1): StateValue => {
    const held = totalOf(state);
    held[0] += sign;
    const moved = typeof held[1] === 'number' && typeof cell === 'number' ? held[1] + sign * cell : Number.NaN;
    held[1] = Number.isSafeInteger(moved) ? moved : narrowed(BigInt(held[1]) + BigInt(sign) * integerOf(cell));
    return held;
  };
  // A sum of BIGINT that is a safe integer is itself: it cannot wrap.
  const isWhole = to.kind === 'bigint' && scaleOf(from) === 0;
  return {
    create: () => [0, 0],
    add: (state, cell) => shift(state, cell, 1),
    remove: (state, cell) => shift(state, cell, -1),
    result(state) {
      const [count, held] = totalOf(state);
      if (count === 0) return null;
      if (name === 'sum' && typeof held === 'number' && isWhole) return held;
      const total = BigInt(held);
      if (name === 'sum') return narrowed(wrapped(rescaleWide(total, scaleOf(to) - scaleOf(from)), to));
      const lift = scaleOf(to) - scaleOf(from);
      if (to.kind !== 'decimal') return narrowed(total / (BigInt(count) * power10(scaleOf(from))));
      return narrowed(
        lift >= 0
          ? divideWide(total * power10(lift), BigInt(count))
          : divideWide(total, BigInt(count) * power10(-lift)),
      );
    },
  };
}

/** What `create` of the sums made: a pair that changes in place. */
function totalOf(state: StateValue): Total {
  return state as unknown as Total;
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function integerOf(cell: Cell): bigint {
  return typeof cell === 'bigint' ? cell : BigInt(Number(cell));
}

const WIDTHS: Readonly<Partial<Record<DataType['kind'], number>>> = {
  tinyint: 8,
  smallint: 16,
  integer: 32,
  bigint: 64,
};

/** Integer sums wrap at the width of their type, as in Java. */
function wrapped(value: bigint, type: DataType): bigint {
  const width = WIDTHS[type.kind];
  return width === undefined ? value : BigInt.asIntN(width, value);
}

type Numbered = [seq: number, cell: Cell];

/** A monotonic queue: what can never be the extreme again is not kept. Without removal only the extreme is. */
function extreme(name: 'min' | 'max', type: DataType, shrinks: boolean): Running {
  const compare = compareOf(type);
  const sign = name === 'min' ? 1 : -1;
  return {
    create: () => [],
    add(state, cell, seq) {
      const kept = numberedOf(state);
      if (!shrinks && kept[0] !== undefined && compare(kept[0][1], cell) * sign <= 0) return state;
      while (kept.length > 0 && compare(kept.at(-1)?.[1] ?? null, cell) * sign >= 0) kept.pop();
      kept.push([seq, cell]);
      return state;
    },
    remove(state, _cell, seq) {
      const kept = numberedOf(state);
      if (kept[0]?.[0] === seq) kept.shift();
      return state;
    },
    result: (state) => numberedOf(state)[0]?.[1] ?? null,
  };
}

/** All cells of the frame, computed over when asked. */
function queue(compute: (cells: readonly Cell[]) => Cell): Running {
  return {
    create: () => [],
    add(state, cell, seq) {
      numberedOf(state).push([seq, cell]);
      return state;
    },
    remove(state) {
      numberedOf(state).shift();
      return state;
    },
    result: (state) => compute(numberedOf(state).map(([, cell]) => cell)),
  };
}

/** What `create` of the queues made: an array that grows in place. */
function numberedOf(state: StateValue): Numbered[] {
  return state as unknown as Numbered[];
}

/** { counts: how often each value is in the frame, inner } */
function distinct(inner: Running): Running {
  interface Counted {
    readonly counts: Map<StateValue, number>;
    inner: StateValue;
  }
  const of = (state: StateValue) => state as unknown as Counted;
  return {
    create: () => ({ counts: new Map(), inner: inner.create() }),
    add(state, cell, seq) {
      const held = of(state);
      const key = keyOf(cell);
      const count = held.counts.get(key) ?? 0;
      held.counts.set(key, count + 1);
      if (count === 0) held.inner = inner.add(held.inner, cell, seq);
      return state;
    },
    remove(state, cell, seq) {
      const held = of(state);
      const key = keyOf(cell);
      const count = held.counts.get(key) ?? 0;
      if (count > 1) held.counts.set(key, count - 1);
      else {
        held.counts.delete(key);
        held.inner = inner.remove(held.inner, cell, seq);
      }
      return state;
    },
    result: (state) => inner.result(of(state).inner),
  };
}
