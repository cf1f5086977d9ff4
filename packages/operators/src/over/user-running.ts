import { columnOf } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import { type Cell, partialRows } from '../row/stored-row.ts';

/** An aggregate somebody wrote, over cells: its accumulator is the opaque text the sandbox gives, undefined when there is none yet. */
export interface UserRunning {
  add(accumulator: unknown, cells: readonly Cell[]): unknown;
  resultOf(accumulator: unknown): Cell;
}

export function userRunning(call: AggregateCall, functions: UserFunctions | undefined): UserRunning {
  const name = call.function?.name;
  const { arg, type } = call;
  if (functions === undefined || name === undefined || arg === undefined)
    throw new Error('calls an aggregate, and no sandbox was opened for it');
  return {
    add(accumulator, cells) {
      const rows = Int32Array.from(cells, (_, at) => at);
      const accumulators = [accumulator];
      const placed = { rows, slots: new Int32Array(cells.length), count: cells.length };
      functions.accumulate(name, 'add', columnOf(cells, arg.type), placed, accumulators);
      return accumulators[0];
    },
    resultOf(accumulator) {
      const column = functions.results(name, [accumulator]);
      const [row] = partialRows(
        { schema: { fields: [{ name, type }] }, rows: 1, columns: [column], selection: undefined },
        [0],
      );
      return row?.[0] ?? null;
    },
  };
}
