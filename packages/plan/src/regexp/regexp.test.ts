import { describe, expect, it } from 'vitest';
import { translateSimilar } from './similar.ts';
import { translateRegexp } from './translate.ts';

/** A pattern of Java, a text, and what Matcher.find gives one after the other. */
const FOUND: readonly (readonly [pattern: string, text: string, matches: readonly string[]])[] = [
  ['[0-9]+', 'a1b22', ['1', '22']],
  ['(?i)abc', 'xABCabc', ['ABC', 'abc']],
  ['a.c', 'abc a\nc a\u0085c', ['abc']],
  ['(?s)a.c', 'a\nc', ['a\nc']],
  ['c$', 'abc\n', ['c']],
  ['c\\z', 'abc\n', []],
  ['(?m)^.', 'ab\ncd', ['a', 'c']],
  ['\\Aa', 'aa', ['a']],
  ['\\Q[a]+\\E+', '[a]++', ['[a]++']],
  ['\\Qa.b', 'a.bxb', ['a.b']],
  ['[a-z&&[^aeiou]]+', 'hello', ['h', 'll']],
  ['[a-c[x-z]]+', 'axdz', ['ax', 'z']],
  ['[]a]+', ']a]b', [']a]']],
  ['[a-]+', 'a-b', ['a-']],
  ['[\\w.%+-]+@[\\w-]+\\.[a-z]{2,}', 'to me.x+1@mill-race.io!', ['me.x+1@mill-race.io']],
  ['\\p{Alpha}+', 'aé1b', ['a', 'b']],
  ['\\p{L}+', 'aé1b', ['aé', 'b']],
  ['\\pL', 'é', ['é']],
  ['\\p{IsGreek}', 'aβ', ['β']],
  ['\\P{Punct}', '!a?', ['a']],
  ['\\s', 'a\u00a0b c', [' ']],
  ['\\h', 'a\u00a0b', ['\u00a0']],
  ['a\\Rb', 'a\r\nb', ['a\r\nb']],
  ['(?<first>a)\\k<first>', 'aa', ['aa']],
  ['(a)\\1', 'aab', ['aa']],
  ['(?x) a b # both', 'ab', ['ab']],
  ['\\x41\\u0042\\x{1F600}\\0101', 'AB\u{1F600}A', ['AB\u{1F600}A']],
  ['.', '\u{1F600}', ['\u{1F600}']],
  ['\\-\\"\\/\\ \\_', '-"/ _', ['-"/ _']],
  ['a{2,3}?', 'aaaa', ['aa', 'aa']],
  ['}]', '}]', ['}]']],
  ['(?<=\\$)\\d+', '$12 13', ['12']],
  ['(?s:a.)b', 'a\nb', ['a\nb']],
]; // biome-ignore format: a table

/** A pattern, and why it is none here. */
const REFUSED: readonly (readonly [pattern: string, reason: string])[] = [
  ['a++', '++ is possessive: write +'],
  ['(?>a)', '(?>...) is atomic: write (?:...)'],
  ['a(?i)b', '(?i) may only stand at the start'],
  ['(a', 'a ( has no )'],
  ['a)', 'a ) has no ('],
  ['[a', 'a [ has no ]'],
  ['*a', 'nothing stands before *'],
  ['a{', '{ begins no count such as {2,3}'],
  ['\\y', '\\y is not known here'],
  ['a\\', 'it ends in a \\'],
  ['\\p{Nonsense}', '\\p{Nonsense} is no class of characters known here'],
  ['[z-a]', 'it does not hold together'],
]; // biome-ignore format: a table

describe('a regular expression of Java', () => {
  it.each(FOUND)('%s in %j', (pattern, text, matches) => {
    const { source, flags } = translateRegexp(pattern);
    expect(Array.from(text.matchAll(new RegExp(source, flags)), ([match]) => match)).toEqual(matches);
  });

  it.each(REFUSED)('%s is refused', (pattern, reason) => {
    expect(() => translateRegexp(pattern)).toThrow(reason);
  });
});

describe('SIMILAR TO', () => {
  it.each([
    ['abc', 'a%', '', true],
    ['abc', 'a_', '', false],
    ['a\nb', 'a%b', '', true],
    ['abc', '(a|b)+c', '', true],
    ['abc', '[a-c]{3}', '', true],
    ['ab1', '[[:ALPHA:]]+[^a-z]', '', true],
    ['a.c', 'a.c', '', true],
    ['abc', 'a.c', '', false],
    ['50%', '50!%', '!', true],
    ['50x', '50!%', '!', false],
    ['a-b', 'a[-x]b', '', true],
  ] as const)('%j SIMILAR TO %s ESCAPE %s: %s', (text, pattern, escapeChar, matches) => {
    const { source, flags } = translateSimilar(pattern, escapeChar);
    expect(new RegExp(source, flags).test(text)).toBe(matches);
  });

  it('a pattern that is none is told', () => {
    expect(() => translateSimilar('(a')).toThrow('its brackets or counts do not fit together');
    expect(() => translateSimilar('[a')).toThrow('a [ has no ]');
    expect(() => translateSimilar('a!', '!')).toThrow('it ends in the escape character');
  });
});
