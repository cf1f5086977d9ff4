import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkOptions } from '../options.ts';
import { parseKeyTemplate, redisKeyOf } from './key-template.ts';

it.each([
  ['customer', /names no column/],
  ['a{id}{name}', /side by side/],
  ['{id}:{id}', /twice/],
  ['{id', /names no column/],
  ['{id}:{', /without its other half/],
  ['{}:{id}', /without its other half/],
])('%s is refused', (text, message) => {
  expect(parseKeyTemplate(text)).toMatch(message);
  const issues = checkOptions('redis', { host: 'h', key: text }, 'lookup');
  expect(issues).toMatchObject([{ option: 'key', reason: 'invalid', message: expect.stringMatching(message) }]);
});

it('different values give different keys while none of them holds the text between', () => {
  const template = parseKeyTemplate('row:{region}:{id}');
  if (typeof template === 'string') throw new Error(template);
  expect(template.columns).toEqual(['region', 'id']);
  const part = fc.string().filter((text) => !text.includes(':'));
  fc.assert(
    fc.property(part, part, part, part, (a, b, c, d) => {
      const isSame = redisKeyOf(template, [a, b]) === redisKeyOf(template, [c, d]);
      expect(isSame).toBe(a === c && b === d);
    }),
  );
});

it('a host is a host alone, and a user has a password', () => {
  const issues = checkOptions('redis', { host: 'redis://u:p@h', key: '{id}', username: 'ada' }, 'lookup');
  expect(issues.map(({ option, reason }) => [option, reason])).toEqual([
    ['host', 'invalid'],
    ['password', 'missing'],
  ]);
});
