import type { CallExpression, CastExpression, Expression } from '@millrace/plan';
import { emitBinary, emitUnary } from './arithmetic.ts';
import type { Code } from './code-writer.ts';
import { asInt64, isInt64, type Scope, unsupported, zeroOf } from './scope.ts';

/**
 * Arithmetic of INTERVALs. Months are 32-bit integers and wrap, as in Flink. Milliseconds are doubles that are safe integers, 285,000 years to
 * either side; what would leave them fails the record, because another double would be another length of time.
 */
export function emitIntervalArithmetic(call: CallExpression, scope: Scope): Code {
  const [left, right] = call.args;
  if (left === undefined || call.type.kind !== 'interval') throw unsupported(call.name, call.type);
  if (call.name === 'negate') return sum(call, [{ value: '0', isNull: 'false' }, scope.emit(left)], '-', scope);
  if (right === undefined || left.type.kind !== 'interval') throw unsupported(call.name, call.type);
  if (call.name === '*') return multiple(call, left, right, scope);
  if (call.name !== '+' && call.name !== '-') throw unsupported(call.name, left.type, right.type);
  return sum(call, [scope.emit(left), scope.emit(right)], call.name, scope);
}

/** `+ - * negate` of whatever type. */
export function emitArithmetic(call: CallExpression, scope: Scope): Code {
  if (call.type.kind === 'interval') return emitIntervalArithmetic(call, scope);
  return call.name === 'negate' ? emitUnary(call, scope) : emitBinary(call, scope);
}

function sum(call: CallExpression, [a, b]: readonly [Code, Code], operator: '+' | '-', scope: Scope): Code {
  const raw = `${a.value} ${operator} ${b.value}`;
  return scope.writer.strict([a, b], '0', { mayBeNull: false }, (v) =>
    isMonths(call) ? `${v} = (${raw}) | 0;` : `${v} = ${raw}; ${checked(v, call, scope)}`,
  );
}

/** So many times an interval: the count may be a BIGINT. */
function multiple(call: CallExpression, interval: Expression, count: Expression, scope: Scope): Code {
  const a = scope.emit(interval);
  const n = scope.emit(count);
  const isWide = scope.wide && isInt64(count.type);
  return scope.writer.strict([a, n], '0', { mayBeNull: false }, (v) => {
    const product = isWide ? `BigInt(${a.value}) * ${n.value}` : `${a.value} * ${n.value} + 0`;
    if (!isMonths(call)) return `${v} = ${isWide ? `Number(${product})` : product}; ${checked(v, call, scope)}`;
    return `${v} = ${isWide ? `Number(BigInt.asIntN(32, ${product}))` : `Math.imul(${a.value}, ${n.value})`};`;
  });
}

/** An INTERVAL as the count of its months (INT) or milliseconds (BIGINT), and from there as any exact number. */
export function emitIntervalToNumber(cast: CastExpression, scope: Scope): Code {
  const { arg, type } = cast;
  const count = isMonths(arg) ? 'integer' : 'bigint';
  if (type.kind !== count) {
    const whole: CastExpression = {
      kind: 'cast',
      arg,
      safe: false,
      type: { kind: count, nullable: arg.type.nullable },
    };
    return scope.emit({ ...cast, arg: whole });
  }
  const code = scope.emit(arg);
  if (count === 'integer' || !scope.wide) return code;
  return scope.writer.strict([code], zeroOf(type, scope), { mayBeNull: false }, (v) => `${v} = BigInt(${code.value});`);
}

/** A whole number as so many months, of which the low 32 bits stay, or milliseconds. */
export function emitNumberToInterval(cast: CastExpression, scope: Scope): Code {
  const { arg } = cast;
  const code = scope.emit(arg);
  const value = asInt64(code.value, arg.type, scope);
  const number = scope.wide ? `Number(${isMonths(cast) ? `BigInt.asIntN(32, ${value})` : value})` : value;
  return scope.writer.strict([code], '0', { mayBeNull: false }, (v) =>
    isMonths(cast) ? `${v} = ${number} | 0;` : `${v} = ${number}; ${checked(v, cast, scope)}`,
  );
}

function isMonths({ type }: Expression): boolean {
  return type.kind === 'interval' && type.unit === 'months';
}

function checked(value: string, expression: Expression, scope: Scope): string {
  const isSafe = `${value} <= 9007199254740991 && ${value} >= -9007199254740991`;
  return `if (!(${isSafe})) R.intervalOutOfRange(${scope.label(expression)});`;
}
