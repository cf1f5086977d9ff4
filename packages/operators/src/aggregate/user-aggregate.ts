import type { Column } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import type { Mergeable, Retractable } from './accumulation.ts';

/**
 * An aggregate somebody wrote: a slot holds its accumulator as the opaque object the sandbox gives and takes, which is plain text when
 * state is written. NULL arguments are inside the ROW that is the argument here.
 */
export function userAggregate(call: AggregateCall, functions: UserFunctions | undefined): Mergeable & Retractable {
  const name = call.function?.name;
  if (functions === undefined || name === undefined)
    throw new Error('calls an aggregate, and no sandbox was opened for it');
  return {
    kinds: ['object'],
    takesNulls: true,
    accumulate(table, base, column, placed) {
      functions.accumulate(name, 'add', present(column), placed, table.object(base));
    },
    retract(table, base, column, placed) {
      functions.accumulate(name, 'retract', present(column), placed, table.object(base));
    },
    merge(from, to, base, slots) {
      functions.merge(name, from.object(base).slice(0, from.size), to.object(base), slots);
    },
    result(table, base, slots) {
      const accumulators = table.object(base);
      return functions.results(
        name,
        Array.from(slots, (slot) => accumulators[slot]),
      );
    },
  };
}

function present(column: Column | undefined): Column {
  if (column === undefined) throw new Error('an aggregate was called without its arguments');
  return column;
}
