import type { DataType } from '@millrace/model';
import type { CallExpression, Expression } from '@millrace/plan';
import type { Code } from './code-writer.ts';
import {
  asDouble,
  asInt64,
  bailUnlessSafe,
  isExact,
  isInt32,
  nullUnlessFits,
  type Scope,
  scaleOf,
  unsupported,
  wrapInt32,
  zeroOf,
} from './scope.ts';

/** `+ - * / %`. Integers wrap as in Java, DECIMAL is exact and rounds half up to the scale of the result. */
export function emitBinary(call: CallExpression, scope: Scope): Code {
  const [left, right] = operands(call);
  const a = scope.emit(left);
  const b = scope.emit(right);
  const { type } = call;
  if (isInt32(type) && isInt32(left.type) && isInt32(right.type)) return int32(call, a, b, scope);
  if (isExact(type) && isExact(left.type) && isExact(right.type)) return exact(call, a, b, scope);
  if (type.kind === 'decimal' || type.kind === 'string') throw unsupported(call.name, left.type, right.type);
  const x = asDouble(a.value, left.type, scope);
  const y = asDouble(b.value, right.type, scope);
  const result = rounded(`${x} ${call.name} ${y}`, type);
  const exactInteger =
    type.kind === 'bigint' ? (scope.wide ? `R.saturateWide(${result})` : `R.saturate(${result}, 64)`) : result;
  return scope.writer.strict([a, b], zeroOf(type, scope), { mayBeNull: false }, (v) => {
    const bail = type.kind === 'bigint' && !scope.wide ? bailUnlessSafe(v) : '';
    return `${v} = ${exactInteger}; ${bail}`;
  });
}

function int32(call: CallExpression, a: Code, b: Code, scope: Scope): Code {
  const { type, name } = call;
  const raw = name === '*' ? `Math.imul(${a.value}, ${b.value})` : `${a.value} ${name} ${b.value}`;
  return scope.writer.strict([a, b], '0', { mayBeNull: false }, (v) => {
    const check = name === '/' || name === '%' ? divisorCheck(call, a.value, `${b.value} === 0`, scope) : '';
    return `${check} ${v} = ${wrapInt32(raw, type)};`;
  });
}

/** BIGINT and DECIMAL. Every step is exact or, in narrow mode, gives the batch up. */
function exact(call: CallExpression, a: Code, b: Code, scope: Scope): Code {
  const { type, name } = call;
  const [left, right] = operands(call);
  const x = asInt64(a.value, left.type, scope);
  const y = asInt64(b.value, right.type, scope);
  const raw = exactText(name, x, y, left.type, right.type, type, scope);
  const mayBeNull = type.kind === 'decimal';
  return scope.writer.strict([a, b], zeroOf(type, scope), { mayBeNull }, (v, isNull) => {
    const zero = scope.wide ? `${y} === 0n` : `${y} === 0`;
    const check = name === '/' || name === '%' ? divisorCheck(call, a.value, zero, scope) : '';
    if (isInt32(type))
      return `${check} ${v} = ${wrapInt32(scope.wide ? `Number(BigInt.asIntN(32, ${raw}))` : raw, type)};`;
    const wrapped = scope.wide && type.kind === 'bigint' ? `BigInt.asIntN(64, ${raw})` : raw;
    const bail = scope.wide ? '' : bailUnlessSafe(v);
    return `${check} ${v} = ${wrapped}; ${bail} ${nullUnlessFits(v, isNull, type, scope)}`;
  });
}

function exactText(
  name: string,
  x: string,
  y: string,
  left: DataType,
  right: DataType,
  type: DataType,
  scope: Scope,
): string {
  const s1 = scaleOf(left);
  const s2 = scaleOf(right);
  const scale = scaleOf(type);
  if (name === '*') return rescale(plus0(`${x} * ${y}`, scope), scale - s1 - s2, scope);
  if (name === '/') {
    if (type.kind !== 'decimal') return scope.wide ? `${x} / ${y}` : `Math.trunc(${x} / ${y}) + 0`;
    const shift = scale - s1 + s2;
    const dividend = shift > 0 ? rescale(x, shift, scope) : x;
    const divisor = shift < 0 ? rescale(y, -shift, scope) : y;
    return scope.wide ? `R.divideWide(${dividend}, ${divisor})` : `R.divideNarrow(${dividend}, ${divisor})`;
  }
  const common = Math.max(s1, s2);
  const aligned = `${rescale(x, common - s1, scope)} ${name} ${rescale(y, common - s2, scope)}`;
  return rescale(plus0(aligned, scope), scale - common, scope);
}

/** A double's -0 is no integer. */
function plus0(text: string, scope: Scope): string {
  return scope.wide ? `(${text})` : `(${text} + 0)`;
}

/** In narrow mode NaN or an unsafe integer when not exact; the caller checks. */
export function rescale(value: string, shift: number, scope: Scope): string {
  if (shift === 0) return value;
  return scope.wide ? `R.rescaleWide(${value}, ${shift})` : `R.rescaleNarrow(${value}, ${shift})`;
}

function divisorCheck(call: CallExpression, dividend: string, isZero: string, scope: Scope): string {
  const type = scope.writer.constant(call.args[0]?.type ?? call.type);
  return `if (${isZero}) R.divisionByZero(${scope.label(call)}, R.castToText(${dividend}, ${type}));`;
}

function rounded(text: string, type: DataType): string {
  if (type.kind === 'float') return `Math.fround(${text})`;
  return type.kind === 'bigint' ? `Math.trunc(${text}) + 0` : isInt32(type) ? wrapInt32(text, type) : text;
}

function operands(call: CallExpression): readonly [Expression, Expression] {
  const [left, right] = call.args;
  if (left === undefined || right === undefined || call.args.length !== 2) throw unsupported(call.name, call.type);
  return [left, right];
}

/** `negate abs sign ceil floor round truncate`. */
export function emitUnary(call: CallExpression, scope: Scope): Code {
  const [arg, digits] = call.args;
  if (arg === undefined) throw unsupported(call.name, call.type);
  const a = scope.emit(arg);
  const n: Code = digits === undefined ? { value: '0', isNull: 'false' } : scope.emit(digits);
  const places = digits === undefined ? '0' : asDouble(n.value, digits.type, scope);
  const { type } = call;
  if (isExact(arg.type) && isExact(type)) {
    const mayBeNull = type.kind === 'decimal';
    return scope.writer.strict([a, n], zeroOf(type, scope), { mayBeNull }, (v, isNull) => {
      const raw = exactUnary(call, asInt64(a.value, arg.type, scope), arg.type, places, scope);
      if (isInt32(type)) return `${v} = ${wrapInt32(scope.wide ? `Number(BigInt.asIntN(32, ${raw}))` : raw, type)};`;
      const wrapped = scope.wide && type.kind === 'bigint' ? `BigInt.asIntN(64, ${raw})` : raw;
      return `${v} = ${wrapped}; ${scope.wide ? '' : bailUnlessSafe(v)} ${nullUnlessFits(v, isNull, type, scope)}`;
    });
  }
  const x = asDouble(a.value, arg.type, scope);
  const raw =
    { negate: `-(${x})`, round: `R.roundDouble(${x}, ${places})`, truncate: `R.truncateDouble(${x}, ${places})` }[
      call.name as string
    ] ?? `Math.${call.name}(${x})`;
  if (isExact(type)) throw unsupported(call.name, arg.type, type);
  return scope.writer.strict([a, n], '0', { mayBeNull: false }, (v) => `${v} = ${rounded(raw, type)};`);
}

function exactUnary(call: CallExpression, x: string, argType: DataType, places: string, scope: Scope): string {
  const scale = scaleOf(argType);
  const target = scaleOf(call.type);
  const mode = scope.wide ? 'Wide' : 'Narrow';
  switch (call.name) {
    case 'negate':
      return rescale(scope.wide ? `(-${x})` : `(0 - ${x})`, target - scale, scope);
    case 'abs':
      return rescale(scope.wide ? `(${x} < 0n ? -${x} : ${x})` : `Math.abs(${x})`, target - scale, scope);
    case 'sign':
      return rescale(scope.wide ? `(${x} > 0n ? 1n : ${x} < 0n ? -1n : 0n)` : `(Math.sign(${x}) + 0)`, target, scope);
    case 'ceil':
    case 'floor':
      return rescale(`R.${call.name}${mode}(${x}, ${scale})`, target, scope);
    default:
      return `R.${call.name}To${mode}(${x}, ${scale}, ${places}, ${target})`;
  }
}
