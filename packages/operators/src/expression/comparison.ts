import { columnKindOf } from '@millrace/batch';
import { type DataType, digitsHeld } from '@millrace/model';
import type { CallExpression, Expression } from '@millrace/plan';
import { rescale } from './arithmetic.ts';
import type { Code } from './code-writer.ts';
import { asInt64, bailUnlessSafe, isExact, type Scope, scaleOf, unsupported } from './scope.ts';

const OPERATORS: Readonly<Record<string, string>> = {
  '=': '===',
  '<>': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** `= <> < <= > >=` and the two DISTINCT forms. Strings compare by code point, bytes as unsigned. */
export function emitComparison(call: CallExpression, scope: Scope): Code {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) throw unsupported(call.name, call.type);
  if (call.name === '=' || call.name === '<>') {
    const bytewise = onSlices(call.name, left, right, scope) ?? onSlices(call.name, right, left, scope);
    if (bytewise !== undefined) return bytewise;
  }
  const a = scope.emit(left);
  const b = scope.emit(right);
  if (call.name === 'is-distinct-from' || call.name === 'is-not-distinct-from') {
    return distinct(call.name === 'is-distinct-from', a, b, left.type, right.type, scope);
  }
  const operator = OPERATORS[call.name] ?? '===';
  return scope.writer.strict([a, b], 'false', { mayBeNull: false }, (v) =>
    compared(v, operator, a.value, b.value, left.type, right.type, scope),
  );
}

/** Statements that assign the outcome to `target`. */
export function compared(
  target: string,
  operator: string,
  a: string,
  b: string,
  left: DataType,
  right: DataType,
  scope: Scope,
): string {
  const equality = operator === '===' || operator === '!==';
  const kind = columnKindOf(left);
  if (kind === 'string' && !equality) return `${target} = R.compareText(${a}, ${b}) ${operator} 0;`;
  if (kind === 'bytes') return `${target} = R.compareBytes(${a}, ${b}) ${operator} 0;`;
  if (kind === 'object') {
    if (!equality) throw unsupported(operator, left);
    return `${target} = R.deepEquals(${a}, ${b}) ${operator} true;`;
  }
  if (digitsHeld(left) !== digitsHeld(right)) throw unsupported(operator, left, right);
  if (!isExact(left) || !isExact(right)) return `${target} = ${a} ${operator} ${b};`;
  const mixed = columnKindOf(right) !== kind || scaleOf(left) !== scaleOf(right);
  if (!mixed) return `${target} = ${a} ${operator} ${b};`;
  const scale = Math.max(scaleOf(left), scaleOf(right));
  const x = rescale(asInt64(a, left, scope), scale - scaleOf(left), scope);
  const y = rescale(asInt64(b, right, scope), scale - scaleOf(right), scope);
  if (scope.wide) return `${target} = ${x} ${operator} ${y};`;
  const [p, q] = [scope.writer.fresh(), scope.writer.fresh()];
  return `const ${p} = ${x}, ${q} = ${y}; ${bailUnlessSafe(p)} ${bailUnlessSafe(q)} ${target} = ${p} ${operator} ${q};`;
}

function distinct(positive: boolean, a: Code, b: Code, left: DataType, right: DataType, scope: Scope): Code {
  const value = scope.writer.fresh();
  scope.writer.line(`let ${value} = true;`);
  scope.writer.line(`if (${a.isNull} || ${b.isNull}) ${value} = ${a.isNull} !== ${b.isNull};`);
  scope.writer.line(`else { ${compared(value, '!==', a.value, b.value, left, right, scope)} }`);
  return { value: positive ? value : `!${value}`, isNull: 'false' };
}

/** A string column against a constant, on the UTF-8 as it came: most rows are settled by their length. */
function onSlices(name: string, column: Expression, constant: Expression, scope: Scope): Code | undefined {
  if (column.kind !== 'column' || column.type.kind !== 'string') return undefined;
  if (constant.kind !== 'literal' || typeof constant.value !== 'string') return undefined;
  const slices = scope.slices(column.index);
  if (slices === undefined) return undefined;
  const expected = scope.writer.constant(new TextEncoder().encode(constant.value));
  const { bytes, starts, ends } = slices;
  const not = name === '=' ? '' : '!';
  return scope.writer.strict([scope.nullOf(column.index)], 'false', { mayBeNull: false }, (v) => {
    return `${v} = ${not}R.sliceEquals(${bytes}, ${starts}[i], ${ends}[i], ${expected});`;
  });
}
