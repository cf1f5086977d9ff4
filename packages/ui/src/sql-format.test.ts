import { expect, it, test } from 'vitest';
import { changedPart, samePlace } from './sql-format.ts';

it.each([
  ['select a', 'SELECT a'],
  ['a  b', 'a b'],
  ['', 'x'],
  ['same', 'same'],
  ['aa', 'a'],
])('only what changed is replaced: %s', (before, after) => {
  const { from, to, insert } = changedPart(before, after);
  expect(before.slice(0, from) + insert + before.slice(to)).toBe(after);
});

test('the cursor stays behind the same word', () => {
  const before = 'select a,b|from t';
  const after = 'SELECT\n  a,\n  b|FROM t';
  expect(samePlace(before.replace('|', ''), after.replace('|', ''), before.indexOf('|'))).toBe(after.indexOf('|'));
});
