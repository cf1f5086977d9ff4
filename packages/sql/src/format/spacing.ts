import { TIME_UNITS } from '../keyword.ts';
import type { Written } from './written.ts';

const CLOSING = [',', ';', ')', ']', '.', '['];
const OPENING = ['(', '[', '.'];
/** Words whose parenthesis belongs to them, as that of a function does. */
const CALLS = ['CAST', 'TRY_CAST', 'TABLE', 'DESCRIPTOR', 'UNNEST', 'ROW', 'EXTRACT'];
const OPERANDS: readonly string[] = [')', ']', 'NULL', 'TRUE', 'FALSE', 'END', 'ROW', ...TIME_UNITS];
const SIGNS = ['-', '+'];

/** Whether a value ends with this token, so that a sign after it is an operator. */
function endsValue({ token, role, head }: Written): boolean {
  if (role === 'name' || role === 'call') return true;
  return ['number', 'string', 'quoted', 'bytes'].includes(token.kind) || OPERANDS.includes(head) || isUnit(head);
}

function isUnit(head: string): boolean {
  return head.endsWith('S') && TIME_UNITS.some((unit) => `${unit}S` === head);
}

/** Whether a space stands between two tokens of a line; `before` is what stands before them. */
export function isSpaced(before: Written | undefined, left: Written, right: Written): boolean {
  if (OPENING.includes(left.head)) return false;
  if (CLOSING.includes(right.head)) return right.head === '[' ? isWordBeforeBracket(left) : false;
  if (isAngle(left, '<') || isAngle(right, '<') || isAngle(right, '>')) return false;
  if (right.head === '(' && before?.head === 'FUNCTION') return false;
  if (right.head === '(') return !(left.role === 'call' || left.role === 'type' || CALLS.includes(left.head));
  const isSign = SIGNS.includes(left.head) && (before === undefined || !endsValue(before));
  // Two signs without a space would be a comment.
  return !isSign || SIGNS.includes(right.head) || right.text.startsWith('-');
}

/** ARRAY[1], a[1], f(x)[1], but IN [..] is nothing. */
function isWordBeforeBracket(left: Written): boolean {
  return !endsValue(left) && left.head !== 'ARRAY' && left.head !== 'MAP';
}

function isAngle({ role, head }: Written, symbol: '<' | '>'): boolean {
  return role === 'type' && head === symbol;
}

const QUANTIFIERS = ['*', '+', '?', '{', '}', ','];

/** In PATTERN ( ... ): quantifiers stand at what they repeat. */
export function isSpacedInPattern(left: Written, right: Written): boolean {
  if (left.head === '(' || right.head === ')' || left.head === '{' || left.head === ',') return false;
  if (QUANTIFIERS.includes(right.head)) return false;
  return !(left.token.kind === 'number' || right.token.kind === 'number');
}
