import type { CallExpression } from '@millrace/plan';
import { JavaRandom } from '../function/java-random.ts';
import type { Code } from './code-writer.ts';
import { type Scope, zeroOf } from './scope.ts';

/** A sequence per call that stands in a plan, whatever the shapes of its batches are. It begins anew after a restart, as in Flink. */
const sequences = new WeakMap<CallExpression, JavaRandom>();

/** RAND([seed]) and RAND_INTEGER([seed,] below). A constant seed begins one sequence; another one is a sequence per row. */
export function emitRandom(call: CallExpression, scope: Scope): Code {
  const isInteger = call.name === 'rand-integer';
  const seed = call.args.length > (isInteger ? 1 : 0) ? call.args[0] : undefined;
  const below = isInteger ? call.args.at(-1) : undefined;
  const codes = [seed, below].map((arg) => (arg === undefined ? undefined : scope.emit(arg)));
  const known = codes.filter((code) => code !== undefined);
  const [from, bound] = codes;
  const isConstant = seed?.kind === 'literal' && seed.value !== null;
  const generator = isConstant ? scope.writer.constant(sequenceOf(call, Number(seed.value))) : undefined;
  const method = isInteger ? `nextInteger(R.randomBound(${bound?.value}))` : 'nextDouble()';
  const raw =
    from !== undefined
      ? `${generator ?? `R.seeded(${from.value})`}.${method}`
      : isInteger
        ? `R.randomInteger(R.randomBound(${bound?.value}))`
        : 'R.random()';
  return scope.writer.strict(known, zeroOf(call.type, scope), { mayBeNull: false }, (v) => `${v} = ${raw};`);
}

function sequenceOf(call: CallExpression, seed: number): JavaRandom {
  const known = sequences.get(call) ?? new JavaRandom(seed);
  sequences.set(call, known);
  return known;
}
