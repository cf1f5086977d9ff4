import { type DataType, type Field, formatDataType } from '@millrace/model';

export const USER_FUNCTION_KINDS = ['scalar', 'table', 'aggregate'] as const;
export type UserFunctionKind = (typeof USER_FUNCTION_KINDS)[number];

/** What the body of an aggregate can do besides adding rows: put partial results together, take rows back. */
export const AGGREGATE_ABILITIES = ['merge', 'retract'] as const;
export type AggregateAbility = (typeof AGGREGATE_ABILITIES)[number];

/** No script declares as many; a bound for whoever walks them. */
export const FUNCTIONS_MAX = 200;

/** Longer bodies are refused where they are written. In UTF-16 units. */
export const BODY_LENGTH_MAX = 100_000;

/**
 * A function somebody wrote, as data: the plan carries it to whoever runs it. `body` is JavaScript: the statements of a function over
 * `parameters` (scalar: it returns the value; table: a generator, it yields rows), or a module: `export default function` for these
 * two, `export function createAccumulator`, `accumulate`, `getValue` and what else it can for an aggregate.
 * Untrusted: it runs in a sandbox only, see `UserCode` of `@millrace/contracts`.
 */
export interface UserFunction {
  /** As declared; unique within a plan. */
  readonly name: string;
  readonly kind: UserFunctionKind;
  readonly parameters: readonly Field[];
  /** Of one value; of a table function the ROW it yields. */
  readonly returns: DataType;
  readonly body: string;
  /** Gives the same for the same arguments. False: it may see the clock and chance, and nothing is computed once for two places. */
  readonly deterministic: boolean;
  /** Aggregates only. */
  readonly abilities: readonly AggregateAbility[];
  /** `bodyHash` of all the rest: equal hashes read each other's accumulators. */
  readonly hash: string;
}

/** How an expression or aggregate call names the function it calls. */
export interface UserFunctionRef {
  readonly name: string;
  readonly hash: string;
}

/** A function with its hash. Pure. */
export function userFunction(parts: Omit<UserFunction, 'hash'>): UserFunction {
  return { ...parts, hash: hashOf(parts) };
}

/** Two functions that mean the same to state have one hash: kind, types and body; names of parameters are part of the body's meaning. */
export function hashOf({ kind, parameters, returns, body }: Omit<UserFunction, 'hash'>): string {
  const types = parameters.map(({ name, type }) => `${name} ${formatDataType(type)}`);
  return shortHash(JSON.stringify([kind, types, formatDataType(returns), body]));
}

/** `clean(text STRING) -> STRING`, `split_words(text STRING) -> TABLE(word STRING)`. */
export function formatSignature({ name, kind, parameters, returns }: Omit<UserFunction, 'hash' | 'body'>): string {
  const fields = (list: readonly Field[]) => list.map((field) => `${field.name} ${formatDataType(field.type)}`);
  const result =
    kind === 'table' && returns.kind === 'row'
      ? `TABLE(${fields(returns.fields).join(', ')})`
      : formatDataType(returns);
  return `${name}(${fields(parameters).join(', ')}) -> ${result}`;
}

/**
 * The functions that a node, or anything else made of plan data, calls: whatever has `kind: 'user-call'`, and aggregate calls of the
 * name `user`. A walk over plain data, so that a new node kind cannot be forgotten.
 */
export function functionsCalled(part: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(part)) for (const item of part) functionsCalled(item, found);
  else if (typeof part === 'object' && part !== null) {
    const of = 'function' in part ? part.function : undefined;
    if (typeof of === 'object' && of !== null && 'name' in of) found.add(String(of.name));
    for (const item of Object.values(part)) functionsCalled(item, found);
  }
  return found;
}

/** 53 bits of a text in base 36 (cyrb53): short enough for an id, and two different texts practically never meet. */
export function shortHash(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
}
