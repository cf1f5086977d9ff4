import { columnKindOf, parseDecimal } from '@millrace/batch';
import { type DataType, digitsHeld } from '@millrace/model';
import type { CallExpression, CaseExpression, Expression, LiteralExpression } from '@millrace/plan';
import type { Code } from './code-writer.ts';
import { compared } from './comparison.ts';
import { isInt64, type Scope, scaleOf, unsupported, zeroOf } from './scope.ts';

/** Three-valued AND and OR of any number of arguments. What follows a deciding argument is not evaluated. */
export function emitAndOr(call: CallExpression, scope: Scope): Code {
  const { writer } = scope;
  const value = writer.fresh();
  const isNull = writer.fresh();
  const label = writer.fresh();
  const neutral = call.name === 'and';
  writer.line(`let ${value} = ${neutral}, ${isNull} = false;`);
  writer.line(`${label}: {`);
  for (const arg of call.args) {
    const code = scope.emit(arg);
    const decided = neutral ? `!${code.value}` : code.value;
    if (code.isNull === 'false') {
      writer.line(`if (${decided}) { ${value} = ${!neutral}; ${isNull} = false; break ${label}; }`);
    } else {
      writer.line(`if (${code.isNull}) ${isNull} = true;`);
      writer.line(`else if (${decided}) { ${value} = ${!neutral}; ${isNull} = false; break ${label}; }`);
    }
  }
  writer.line('}');
  return { value, isNull };
}

export function emitNot(call: CallExpression, scope: Scope): Code {
  const code = scope.emit(only(call));
  return { value: `!${code.value}`, isNull: code.isNull };
}

/** `is-null`, `is-true` and their kin: never NULL themselves. */
export function emitTest(call: CallExpression, scope: Scope): Code {
  const { value, isNull } = scope.emit(only(call));
  const text = {
    'is-null': `(${isNull})`,
    'is-not-null': `!(${isNull})`,
    'is-true': `(!(${isNull}) && ${value})`,
    'is-not-true': `!(!(${isNull}) && ${value})`,
    'is-false': `(!(${isNull}) && !${value})`,
    'is-not-false': `!(!(${isNull}) && !${value})`,
  }[call.name as string];
  if (text === undefined) throw unsupported(call.name, call.type);
  return { value: text, isNull: 'false' };
}

/** Branches are evaluated only when reached: `CASE WHEN x <> 0 THEN 1 / x END` never divides by zero. */
export function emitCase(expression: CaseExpression, scope: Scope): Code {
  const { writer } = scope;
  const { value, isNull } = declare(expression, scope);
  const label = writer.fresh();
  writer.line(`${label}: {`);
  for (const branch of expression.branches) {
    const when = scope.emit(branch.when);
    writer.line(`if (!(${when.isNull}) && ${when.value}) {`);
    assign(value, isNull, scope.emit(conform(branch.value, expression)), scope);
    writer.line(`break ${label}; }`);
  }
  assign(value, isNull, scope.emit(conform(expression.otherwise, expression)), scope);
  writer.line('}');
  return { value, isNull };
}

export function emitCoalesce(call: CallExpression, scope: Scope): Code {
  const { writer } = scope;
  const { value, isNull } = declare(call, scope);
  const label = writer.fresh();
  writer.line(`${label}: {`);
  for (const arg of call.args) {
    const code = scope.emit(conform(arg, call));
    writer.line(`if (!(${code.isNull})) { ${value} = ${code.value}; ${isNull} = false; break ${label}; }`);
  }
  writer.line(`${isNull} = true; }`);
  return { value, isNull };
}

/** The first argument, or NULL when it equals the second. */
export function emitNullIf(call: CallExpression, scope: Scope): Code {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) throw unsupported(call.name, call.type);
  const { writer } = scope;
  const a = scope.emit(left);
  const b = scope.emit(right);
  const same = writer.fresh();
  writer.line(`let ${same} = false;`);
  writer.line(`if (!(${a.isNull}) && !(${b.isNull})) {`);
  writer.line(compared(same, '===', a.value, b.value, left.type, right.type, scope));
  writer.line('}');
  if (conform(left, call) !== left) throw unsupported('NULLIF', left.type, call.type);
  return { value: a.value, isNull: `(${a.isNull} || ${same})` };
}

/** NULL when any argument is NULL, as in Flink. */
export function emitExtreme(call: CallExpression, scope: Scope): Code {
  const args = call.args.map((arg) => scope.emit(conform(arg, call)));
  const operator = call.name === 'greatest' ? '>' : '<';
  return scope.writer.strict(args, zeroOf(call.type, scope), { mayBeNull: false }, (v) => {
    const better = scope.writer.fresh();
    const steps = args.slice(1).map(({ value }) => {
      return `${compared(better, operator, value, v, call.type, call.type, scope)} if (${better}) ${v} = ${value};`;
    });
    return `let ${better} = false; ${v} = ${args[0]?.value ?? v}; ${steps.join(' ')}`;
  });
}

/** So many texts are compared byte by byte, most by their length alone, before it pays to decode the value and look it up. */
const SLICES_MAX = 8;

/** Constants of one kind become one look-up; anything else is a chain of comparisons. */
export function emitIn(call: CallExpression, scope: Scope): Code {
  const [needle, ...candidates] = call.args;
  if (needle === undefined) throw unsupported(call.name, call.type);
  const literals = candidates.filter((item): item is LiteralExpression => item.kind === 'literal');
  const hashable = !['bytes', 'object'].includes(columnKindOf(needle.type));
  const sameScale = literals.every((item) => item.value === null || isHeldAlike(item.type, needle.type));
  const isText = needle.kind === 'column' && needle.type.kind === 'string';
  const onSlices = isText && literals.length <= SLICES_MAX && scope.slices(needle.index) !== undefined;
  if (literals.length < candidates.length || !hashable || !sameScale || onSlices) {
    const args = candidates.map(
      (item): Expression => ({ kind: 'call', name: '=', args: [needle, item], type: call.type }),
    );
    return emitAndOr({ ...call, name: 'or', args }, scope);
  }
  const set = new Set(literals.filter(({ value }) => value !== null).map((item) => setValue(item, scope)));
  const name = scope.writer.constant(set);
  const hasNull = literals.some(({ value }) => value === null);
  const code = scope.emit(needle);
  return scope.writer.strict([code], 'false', { mayBeNull: hasNull }, (v, isNull) => {
    return `${v} = ${name}.has(${code.value}); ${hasNull ? `if (!${v}) ${isNull} = true;` : ''}`;
  });
}

function setValue(literal: LiteralExpression, scope: Scope): unknown {
  if (!isInt64(literal.type)) return literal.type.kind === 'string' ? String(literal.value) : literalNumber(literal);
  const integer = parseDecimal(String(literal.value), scaleOf(literal.type)) ?? 0n;
  // Narrow columns hold no unsafe integer, so an entry that is rounded here must not be found there.
  return scope.wide ? integer : Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function literalNumber(literal: LiteralExpression): unknown {
  return typeof literal.value === 'boolean' ? literal.value : Number(literal.value);
}

function declare(expression: Expression, scope: Scope): Code {
  const value = scope.writer.fresh();
  const isNull = scope.writer.fresh();
  scope.writer.line(`let ${value} = ${zeroOf(expression.type, scope)}, ${isNull} = false;`);
  return { value, isNull };
}

function assign(value: string, isNull: string, code: Code, scope: Scope): void {
  scope.writer.line(`${value} = ${code.value}; ${isNull} = ${code.isNull};`);
}

/** Branches of another scale than the result are rescaled; the binder has made everything else equal. */
function conform(expression: Expression, result: Expression): Expression {
  const same = isHeldAlike(expression.type, result.type);
  return same ? expression : { kind: 'cast', arg: expression, safe: false, type: result.type };
}

function only(call: CallExpression): Expression {
  const [arg] = call.args;
  if (arg === undefined) throw unsupported(call.name, call.type);
  return arg;
}

/** The same bits mean the same value. */
function isHeldAlike(a: DataType, b: DataType): boolean {
  return a.kind === b.kind && scaleOf(a) === scaleOf(b) && digitsHeld(a) === digitsHeld(b);
}
