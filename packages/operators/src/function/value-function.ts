import type { Value } from '@millrace/batch';

/** A function on whole values, as `Value` has them. It sees its NULL arguments. */
export type ValueFunction = (...args: readonly Value[]) => Value;
