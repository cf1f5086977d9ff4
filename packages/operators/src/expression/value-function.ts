import { columnKindOf } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { CallExpression } from '@millrace/plan';
import { COLLECTION_FUNCTIONS } from '../function/collection.ts';
import { ENCODING_FUNCTIONS } from '../function/encoding.ts';
import { PRINTF } from '../function/printf.ts';
import type { ValueFunction } from '../function/value-function.ts';
import type { Code } from './code-writer.ts';
import { bailUnlessSafe, isInt64, type Scope, zeroOf } from './scope.ts';

const VALUE_FUNCTIONS = { ...COLLECTION_FUNCTIONS, ...ENCODING_FUNCTIONS, ...PRINTF };
type ValueFunctionName = keyof typeof VALUE_FUNCTIONS;

export function isValueFunction(name: string): name is ValueFunctionName {
  return Object.hasOwn(VALUE_FUNCTIONS, name);
}

/**
 * A function on whole values: arguments become the `Value` of their type, so that they can stand in arrays, maps and rows, and
 * the result becomes what a column of its type holds. NULL goes in as null and comes out as null.
 */
export function emitValueFunction(name: ValueFunctionName, call: CallExpression, scope: Scope): Code {
  const make: (types: readonly DataType[]) => ValueFunction = VALUE_FUNCTIONS[name];
  const of = scope.writer.constant(make(call.args.map((arg) => arg.type)));
  const args = call.args.map((arg) => {
    const { value, isNull } = scope.emit(arg);
    const boxed = boxedValue(value, arg.type, scope);
    return isNull === 'false' ? boxed : `(${isNull}) ? null : ${boxed}`;
  });
  const { type } = call;
  return scope.writer.strict([], zeroOf(type, scope), { mayBeNull: true }, (v, isNull) => {
    const found = scope.writer.fresh();
    const assigned = unboxedValue(v, found, type, scope);
    return `const ${found} = ${of}(${args.join(', ')}); if (${found} === null) ${isNull} = true; else { ${assigned} }`;
  });
}

function boxedValue(value: string, type: DataType, scope: Scope): string {
  if (type.kind === 'decimal') return `R.formatDecimal(${scope.wide ? value : `BigInt(${value})`}, ${type.scale})`;
  if (isInt64(type)) return scope.wide ? value : `BigInt(${value})`;
  // A slice of a batch would keep the whole batch in memory.
  return columnKindOf(type) === 'bytes' ? `${value}.slice()` : value;
}

function unboxedValue(target: string, value: string, type: DataType, scope: Scope): string {
  if (!isInt64(type)) return `${target} = ${value};`;
  const integer = type.kind === 'decimal' ? `R.parseDecimal(${value}, ${type.scale})` : value;
  return scope.wide ? `${target} = ${integer};` : `${target} = Number(${integer}); ${bailUnlessSafe(target)}`;
}
