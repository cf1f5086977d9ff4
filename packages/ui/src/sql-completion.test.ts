import { describe, expect, it, test } from 'vitest';
import { insertionOf, resultOf } from './sql-completion.ts';
import { wordPlace } from './sql-hover.ts';

const items = [
  { label: 'amount', kind: 'column' },
  { label: 'AMOUNT_OF(', kind: 'function' },
];
const at = (marked: string, from: number, explicit = false) =>
  resultOf({ from, items }, marked.replace('|', ''), marked.indexOf('|'), explicit);

describe('a list appears for a word that was begun, and on request', () => {
  it.each([
    ['SELECT am|', 7, false, true],
    ['SELECT |', 7, false, false],
    ['SELECT |', 7, true, true],
    ['SELECT o.|', 9, false, true],
    ['SELECT 1 - |', 11, false, false],
  ])('%s', (marked, from, explicit, shown) => {
    expect(at(marked, from, explicit) !== null).toBe(shown);
  });
});

test('typing on narrows the list, deleting asks again', () => {
  const validFor = at('SELECT am|', 7)?.validFor;
  const fits = (text: string) => typeof validFor === 'function' && validFor(text, 0, 0, undefined as never);
  expect([fits('am'), fits('amo'), fits('a'), fits('am ')]).toEqual([true, true, false, false]);
});

test('right behind a word still means that word', () => {
  expect([wordPlace('a bc', 4), wordPlace('a bc', 2), wordPlace('a  b', 2), wordPlace('', 0)]).toEqual([3, 2, 2, 0]);
});

test('what is fully written is not proposed again', () => {
  expect(resultOf({ from: 0, items: [{ label: 'FROM', kind: 'keyword' }] }, 'FROM', 4, false)).toBeNull();
});

describe('a proposal leaves the cursor where writing goes on, and no second quote', () => {
  it.each([
    ['amount', 'a', '', 'amount|'],
    ['UPPER(', 'U', '', 'UPPER(|)'],
    ['UPPER(', 'U', '(', 'UPPER(|'],
    ["'topic' = ''", "'", "'", "'topic' = '|'"],
    ["'kafka'", "'", "'", "'kafka'|"],
    [
      "TABLE(TUMBLE(TABLE , DESCRIPTOR(), INTERVAL '1' MINUTE))",
      'T',
      '',
      "TABLE(TUMBLE(TABLE |, DESCRIPTOR(), INTERVAL '1' MINUTE))",
    ],
  ])('%s', (insert, first, after, expected) => {
    const { text, cursor, over } = insertionOf(insert, first, after);
    expect(`${text.slice(0, cursor)}|${text.slice(cursor)}`).toBe(expected);
    expect(over).toBe(after === "'" ? 1 : 0);
  });
});
