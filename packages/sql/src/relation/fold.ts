import { type CallExpression, type CaseExpression, type Expression, withParts } from '@millrace/plan';
import { coerceLiteral } from '../bind/coerce.ts';
import {
  booleanLiteral,
  decimalLiteral,
  exactValueOf,
  fitsInteger,
  integerLiteral,
  nullLiteral,
} from '../bind/literal.ts';
import { isInteger, sameType } from '../bind/type-rule.ts';

/**
 * Computes what depends on constants alone, where the result is beyond doubt: logic, tests for NULL, comparisons, exact arithmetic that
 * fits its type, CASE and COALESCE. What may fail (1 / 0, CAST('x' AS INT)) and every other function is left to the evaluator. Types stay.
 */
export function foldConstants(expression: Expression): Expression {
  const folded = withParts(expression, foldConstants);
  switch (folded.kind) {
    case 'call':
      return foldCall(folded);
    case 'cast':
      return isLiteral(folded.arg, null)
        ? nullLiteral(folded.type)
        : (coerceLiteral(folded.arg, folded.type) ?? folded);
    case 'case':
      return foldCase(folded);
    default:
      return folded;
  }
}

/** As `foldConstants`, of a condition that is asked only whether it is true: NULL is as good as FALSE where no NOT stands above it. */
export function foldCondition(predicate: Expression): Expression {
  const folded = foldConstants(predicate);
  if (isLiteral(folded, null)) return booleanLiteral(false);
  if (folded.kind !== 'call' || (folded.name !== 'and' && folded.name !== 'or')) return folded;
  return foldConstants({ ...folded, args: folded.args.map(foldCondition) });
}

/** Branches that are never reached go: those of conditions that are never true, and all behind one that always is. */
function foldCase(whole: CaseExpression): Expression {
  const reached = whole.branches.map(({ when, value }) => ({ when: foldCondition(when), value }));
  const possible = reached.filter(({ when }) => !isLiteral(when, false));
  const always = possible.findIndex(({ when }) => isLiteral(when, true));
  const branches = always < 0 ? possible : possible.slice(0, always);
  const otherwise = always < 0 ? whole.otherwise : (possible[always]?.value ?? whole.otherwise);
  const only = branches.length === 0 ? inPlaceOf(otherwise, whole) : undefined;
  if (only !== undefined) return only;
  return branches.length > 0 ? { ...whole, branches, otherwise } : whole;
}

/** A part instead of the whole, when it is of the same type: a constant can be made so. */
function inPlaceOf(part: Expression, { type }: Expression): Expression | undefined {
  if (!sameType(part.type, type)) return undefined;
  if (part.type.nullable === type.nullable) return part;
  return part.kind === 'literal' && type.nullable ? { ...part, type } : undefined;
}

function isLiteral(expression: Expression | undefined, value: boolean | null): boolean {
  return expression?.kind === 'literal' && expression.value === value;
}

function foldCall(call: CallExpression): Expression {
  const [left, right] = call.args;
  switch (call.name) {
    case 'and':
    case 'or':
      return foldLogic(call, call.name === 'or');
    case 'not':
      if (isLiteral(left, null)) return nullLiteral(call.type);
      return left?.kind === 'literal' && typeof left.value === 'boolean' ? booleanLiteral(!left.value) : call;
    case 'is-null':
    case 'is-not-null':
      return left?.kind === 'literal' ? booleanLiteral((left.value === null) === (call.name === 'is-null')) : call;
    case 'is-true':
    case 'is-not-true':
      return left?.kind === 'literal' ? booleanLiteral((left.value === true) === (call.name === 'is-true')) : call;
    case 'is-false':
    case 'is-not-false':
      return left?.kind === 'literal' ? booleanLiteral((left.value === false) === (call.name === 'is-false')) : call;
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return left && right ? foldComparison(call, call.name, left, right) : call;
    case 'is-distinct-from':
    case 'is-not-distinct-from':
      return left && right ? foldDistinct(call, left, right) : call;
    case 'in':
      return foldIn(call);
    case '+':
    case '-':
    case '*':
      return left && right ? foldArithmetic(call, call.name, left, right) : call;
    case 'coalesce':
      return foldCoalesce(call);
    default:
      return call;
  }
}

/** Of any number of parts, in three-valued logic. `absorbing`: what decides the whole. */
function foldLogic(call: CallExpression, absorbing: boolean): Expression {
  if (call.args.some((part) => isLiteral(part, absorbing))) return booleanLiteral(absorbing);
  const parts = call.args.filter((part) => !isLiteral(part, !absorbing));
  const [first] = parts;
  if (first === undefined) return booleanLiteral(!absorbing);
  if (parts.every((part) => isLiteral(part, null))) return nullLiteral(call.type);
  return parts.length === 1 ? first : { ...call, args: parts };
}

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

function foldComparison(call: CallExpression, name: Comparison, left: Expression, right: Expression): Expression {
  if (hasNull(left, right)) return nullLiteral(call.type);
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

/** One of them is the NULL literal, and the other cannot fail. */
function hasNull(left: Expression, right: Expression): boolean {
  const isPlain = (part: Expression) => part.kind === 'literal' || part.kind === 'column';
  return (isLiteral(left, null) && isPlain(right)) || (isLiteral(right, null) && isPlain(left));
}

function foldDistinct(call: CallExpression, left: Expression, right: Expression): Expression {
  if (left.kind !== 'literal' || right.kind !== 'literal') return call;
  const positive = call.name === 'is-distinct-from';
  if (left.value === null || right.value === null) return booleanLiteral((left.value !== right.value) === positive);
  const order = orderOf(left, right);
  return order === undefined ? call : booleanLiteral((order !== 0) === positive);
}

/** A constant among constants: found, not found, or NULL when it might be one of the NULLs. */
function foldIn(call: CallExpression): Expression {
  const [needle, ...items] = call.args;
  if (needle?.kind !== 'literal' || items.some((item) => item.kind !== 'literal')) return call;
  if (needle.value === null) return items.length === 0 ? call : nullLiteral(call.type);
  const known = items.filter((item) => !isLiteral(item, null));
  const orders = known.map((item) => orderOf(needle, item));
  if (orders.includes(0)) return booleanLiteral(true);
  if (orders.includes(undefined)) return call;
  return known.length < items.length ? nullLiteral(call.type) : booleanLiteral(false);
}

/** NULLs go, and all behind the first constant. */
function foldCoalesce(call: CallExpression): Expression {
  const parts = call.args.filter((part) => !isLiteral(part, null));
  const constant = parts.findIndex((part) => part.kind === 'literal');
  const args = constant < 0 ? parts : parts.slice(0, constant + 1);
  const [first] = args;
  if (first === undefined) return nullLiteral(call.type);
  const only = args.length === 1 ? inPlaceOf(first, call) : undefined;
  return only ?? { ...call, args };
}

function orderOf(left: Expression, right: Expression): number | undefined {
  const a = exactValueOf(left);
  const b = exactValueOf(right);
  if (a !== undefined && b !== undefined) {
    const scale = Math.max(a.scale, b.scale);
    const difference = rescale(a, scale) - rescale(b, scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (left.kind !== 'literal' || right.kind !== 'literal' || left.type.kind !== right.type.kind) return undefined;
  if (typeof left.value === 'string' && typeof right.value === 'string' && left.type.kind === 'string')
    return orderOfTexts(left.value, right.value);
  const isOrdered = ORDERED.has(left.type.kind) && typeof left.value === 'number' && typeof right.value === 'number';
  return isOrdered ? Number(left.value) - Number(right.value) : undefined;
}

/** By code point. Half a pair of surrogates has no form in UTF-8, which columns hold: what is made of it is the evaluator's business. */
function orderOfTexts(left: string, right: string): number | undefined {
  if (/\p{Surrogate}/u.test(left + right)) return undefined;
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at < 0) return a.length - b.length;
  return (a[at]?.codePointAt(0) ?? -1) - (b[at]?.codePointAt(0) ?? -1);
}

/** Types whose literals are numbers that order as the values do. */
const ORDERED: ReadonlySet<string> = new Set(['date', 'time', 'timestamp', 'timestamp_ltz', 'double']);

function rescale({ unscaled, scale }: { readonly unscaled: bigint; readonly scale: number }, to: number): bigint {
  return unscaled * 10n ** BigInt(to - scale);
}

function foldArithmetic(call: CallExpression, name: '+' | '-' | '*', left: Expression, right: Expression): Expression {
  if (hasNull(left, right)) return nullLiteral(call.type);
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
