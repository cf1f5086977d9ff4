import type { UserFunctions } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import { unsupported } from '../expression/scope.ts';
import type { Mergeable, Retractable } from './accumulation.ts';
import { approximateCount } from './approximate-count.ts';
import { countAccumulation } from './count.ts';
import { mergeableDistinct, retractableDistinct } from './distinct.ts';
import { extremeAccumulation } from './extreme.ts';
import { firstOrLast } from './first-last.ts';
import { listAccumulation } from './list.ts';
import { momentsAccumulation } from './moments.ts';
import { percentileAccumulation } from './percentile.ts';
import { retractableExtreme } from './sorted-counts.ts';
import { retractableSum, sumAccumulation } from './sum.ts';
import { userAggregate } from './user-aggregate.ts';

/** How a call is held where rows only come and partial results may meet: windows, groups over INSERTs. */
export function mergeableOf(call: AggregateCall, functions?: UserFunctions): Mergeable {
  if (isDistinct(call)) return mergeableDistinct(mergeableOf(plain(call), functions), call.arg.type);
  const { name, type } = call;
  switch (name) {
    case 'sum':
    case 'avg':
      return sumAccumulation(name, argumentOf(call), type);
    case 'min':
    case 'max':
      return extremeAccumulation(name, type);
    case 'first_value':
    case 'last_value':
      return firstOrLast(name, argumentOf(call), type);
    case 'approx_count_distinct':
      return approximateCount();
    default:
      return eitherOf(call, name, functions);
  }
}

/** How a call is held where rows may be taken back. What was counted by value stays counted by value: more memory, every answer exact. */
export function retractableOf(call: AggregateCall, functions?: UserFunctions): Retractable {
  if (isDistinct(call)) return retractableDistinct(retractableOf(plain(call), functions));
  const { name, type } = call;
  switch (name) {
    case 'sum':
    case 'avg':
      return retractableSum(name, argumentOf(call), type);
    case 'min':
    case 'max':
      return retractableExtreme(name, argumentOf(call), type);
    case 'first_value':
    case 'last_value':
      return listAccumulation(call, argumentOf(call));
    case 'approx_count_distinct':
      return retractableDistinct(countAccumulation());
    default:
      return eitherOf(call, name, functions);
  }
}

type Either = Exclude<
  AggregateCall['name'],
  'sum' | 'avg' | 'min' | 'max' | 'first_value' | 'last_value' | 'approx_count_distinct'
>;

function eitherOf(call: AggregateCall, name: Either, functions: UserFunctions | undefined): Mergeable & Retractable {
  switch (name) {
    case 'count':
      return countAccumulation();
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
      return momentsAccumulation(name, argumentOf(call), call.type);
    case 'listagg':
    case 'array_agg':
    case 'collect':
    case 'single_value':
      return listAccumulation(call, argumentOf(call));
    case 'percentile':
      return percentileAccumulation(call, argumentOf(call));
    case 'user':
      return userAggregate(call, functions);
    case 'lag':
      throw unsupported('LAG outside OVER', call.type);
  }
}

type DistinctCall = AggregateCall & { readonly arg: NonNullable<AggregateCall['arg']> };

/** Whether repeated values must be left out first: they do not change the others. */
function isDistinct(call: AggregateCall): call is DistinctCall {
  const blind = call.name === 'min' || call.name === 'max' || call.name === 'approx_count_distinct';
  return call.distinct === true && call.arg !== undefined && !blind;
}

function plain({ distinct: _, ...call }: AggregateCall): AggregateCall {
  return call;
}

function argumentOf({ name, arg, type }: AggregateCall) {
  if (arg === undefined) throw unsupported(name.toUpperCase(), type);
  return arg.type;
}
