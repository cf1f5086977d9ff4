import { type CallExpression, type Expression, withParts } from '@millrace/plan';
import { coerceLiteral } from '../bind/coerce.ts';
import { booleanLiteral, decimalLiteral, exactValueOf, fitsInteger, integerLiteral } from '../bind/literal.ts';
import { isInteger } from '../bind/type-rule.ts';

/**
 * Computes what depends on constants alone, where the result is beyond doubt: logic, comparisons of exact
 * numbers and texts, exact arithmetic that fits its type. Everything else is left to the evaluator.
 */
export function foldConstants(expression: Expression): Expression {
  const folded = withParts(expression, foldConstants);
  if (folded.kind === 'call') return foldCall(folded);
  if (folded.kind === 'cast') return coerceLiteral(folded.arg, folded.type) ?? folded;
  if (folded.kind === 'case') {
    const branches = folded.branches.filter(({ when }) => !isLiteral(when, false) && !isLiteral(when, null));
    const [first] = branches;
    if (first === undefined) return sameNullability(folded.otherwise, folded);
    if (isLiteral(first.when, true)) return sameNullability(first.value, folded);
    return { ...folded, branches };
  }
  return folded;
}

/** A column's type may not change by folding: a value that became NOT NULL is left as it was. */
function sameNullability(value: Expression, whole: Expression): Expression {
  return value.type.nullable === whole.type.nullable ? value : whole;
}

function isLiteral(expression: Expression, value: boolean | null): boolean {
  return expression.kind === 'literal' && expression.value === value;
}

function foldCall(call: CallExpression): Expression {
  const [left, right] = call.args;
  switch (call.name) {
    case 'and':
    case 'or': {
      if (left === undefined || right === undefined) return call;
      const absorbing = call.name === 'or';
      if (isLiteral(left, absorbing) || isLiteral(right, absorbing)) return booleanLiteral(absorbing);
      if (isLiteral(left, !absorbing)) return right;
      return isLiteral(right, !absorbing) ? left : call;
    }
    case 'not':
      return left?.kind === 'literal' && typeof left.value === 'boolean' ? booleanLiteral(!left.value) : call;
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return left && right ? foldComparison(call, call.name, left, right) : call;
    case '+':
    case '-':
    case '*':
      return left && right ? foldArithmetic(call, call.name, left, right) : call;
    default:
      return call;
  }
}

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

function foldComparison(call: CallExpression, name: Comparison, left: Expression, right: Expression): Expression {
  const order = orderOf(left, right);
  if (order === undefined) return call;
  const outcomes = {
    '=': order === 0,
    '<>': order !== 0,
    '<': order < 0,
    '<=': order <= 0,
    '>': order > 0,
    '>=': order >= 0,
  };
  return booleanLiteral(outcomes[name]);
}

function orderOf(left: Expression, right: Expression): number | undefined {
  const a = exactValueOf(left);
  const b = exactValueOf(right);
  if (a !== undefined && b !== undefined) {
    const scale = Math.max(a.scale, b.scale);
    const difference = rescale(a, scale) - rescale(b, scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (left.kind !== 'literal' || right.kind !== 'literal') return undefined;
  if (left.type.kind !== 'string' || right.type.kind !== 'string') return undefined;
  if (typeof left.value !== 'string' || typeof right.value !== 'string') return undefined;
  // The order of unequal texts is the evaluator's business (bytes of UTF-8); equality is not in doubt.
  return left.value === right.value ? 0 : undefined;
}

function rescale({ unscaled, scale }: { readonly unscaled: bigint; readonly scale: number }, to: number): bigint {
  return unscaled * 10n ** BigInt(to - scale);
}

function foldArithmetic(call: CallExpression, name: '+' | '-' | '*', left: Expression, right: Expression): Expression {
  const a = exactValueOf(left);
  const b = exactValueOf(right);
  if (a === undefined || b === undefined || call.type.nullable) return call;
  const scale = name === '*' ? a.scale + b.scale : Math.max(a.scale, b.scale);
  let value: bigint;
  if (name === '*') value = a.unscaled * b.unscaled;
  else if (name === '+') value = rescale(a, scale) + rescale(b, scale);
  else value = rescale(a, scale) - rescale(b, scale);
  const { type } = call;
  if (isInteger(type)) return scale === 0 && fitsInteger(value, type.kind) ? integerLiteral(value, type.kind) : call;
  if (type.kind !== 'decimal' || scale > type.scale) return call;
  const rescaled = rescale({ unscaled: value, scale }, type.scale);
  const digits = rescaled.toString().replace('-', '').length;
  return digits <= type.precision ? decimalLiteral(rescaled, type.precision, type.scale) : call;
}
