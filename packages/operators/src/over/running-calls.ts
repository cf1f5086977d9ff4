import type { UserFunctions } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import { compensatedSum } from '../aggregate/double-sum.ts';
import { momentsAccumulation } from '../aggregate/moments.ts';
import { mergeableOf, retractableOf } from '../aggregate/of-call.ts';
import { isExact, unsupported } from '../expression/scope.ts';
import { Accumulated } from './accumulated.ts';
import { Extreme } from './extreme.ts';
import { Picked } from './picked.ts';
import { Recomputed } from './recomputed.ts';
import type { Running } from './running.ts';
import { TwoStacks } from './two-stacks.ts';

/** How a call is computed over frames that only grow: as in GROUP BY over INSERTs. */
export function growingCall(call: AggregateCall, functions?: UserFunctions): Running {
  if (call.name === 'lag') throw unsupported('LAG over a frame without a bound', call.type);
  const sum = call.distinct === true ? undefined : sumOfDoubles(call);
  if (sum !== undefined) return new Accumulated(call, sum);
  const isExactCount = call.name === 'approx_count_distinct';
  return new Accumulated(call, isExactCount ? retractableOf(call, functions) : mergeableOf(call, functions));
}

/**
 * The same over frames that slide. Exact numbers are subtracted; what is no longer exact once something is subtracted from it is put together from
 * partial sums, or computed anew.
 */
export function slidingCall(call: AggregateCall, functions?: UserFunctions): Running {
  switch (call.name) {
    case 'lag':
    case 'first_value':
    case 'last_value':
      return new Picked(call);
    case 'min':
    case 'max':
      return new Extreme(call);
    case 'user':
      return new Recomputed(call, mergeableOf(call, functions));
    default: {
      const inDoubles = sumOfDoubles(call) ?? momentsOf(call);
      if (inDoubles === undefined) return new Accumulated(call, retractableOf(call, functions));
      return call.distinct === true ? new Recomputed(call, mergeableOf(call)) : new TwoStacks(call, inDoubles);
    }
  }
}

function sumOfDoubles({ name, arg, type }: AggregateCall) {
  if ((name !== 'sum' && name !== 'avg') || arg === undefined || isExact(arg.type)) return undefined;
  return compensatedSum(name, type);
}

function momentsOf({ name, arg, type }: AggregateCall) {
  const isMoment = name === 'stddev_pop' || name === 'stddev_samp' || name === 'var_pop' || name === 'var_samp';
  return isMoment && arg !== undefined ? momentsAccumulation(name, arg.type, type) : undefined;
}
