import type { Schema } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import type { Mergeable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { mergeableOf } from '../aggregate/of-call.ts';

/** The calls of a global phase: held like those of the whole, fed by partial results. Their arguments were computed before. */
export function globalCalls(
  node: { readonly calls: readonly AggregateCall[]; readonly label: string },
  input: Schema,
  base: number,
): BoundCalls<Mergeable> {
  const whole = new Map(node.calls.map((call) => [{ ...call, arg: undefined, filter: undefined }, call] as const));
  return new BoundCalls<Mergeable>({ label: node.label, calls: [...whole.keys()] }, input, base, (call) => {
    const found = [...whole].find(([bare]) => bare === call);
    if (found === undefined) throw new Error('a call that is not of this node');
    return mergeableOf(found[1]);
  });
}
