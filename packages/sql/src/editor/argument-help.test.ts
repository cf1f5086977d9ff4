import { expect, it } from 'vitest';
import { argumentHelp } from './argument-help.ts';

/** The parameter that is being written at |, and the signature. */
function activeAt(marked: string): string | undefined {
  const help = argumentHelp(marked.replace('|', ''), marked.indexOf('|'));
  if (help === undefined) return undefined;
  const { signature, active } = help;
  return active === undefined ? '' : signature.slice(active.from, active.to);
}

it.each([
  ['SELECT SUBSTRING(|', 'text'],
  ['SELECT SUBSTRING(city, |', 'from INT'],
  ['SELECT SUBSTRING(city, 1, |', 'length INT'],
  ['SELECT SUBSTRING(city, 1, 2, |', ''],
  ['SELECT SUBSTRING(UPPER(|', 'text'],
  ['SELECT SUBSTRING(UPPER(city), |', 'from INT'],
  ['SELECT CONCAT(a, b, c, |', 'text'],
  ['SELECT LOG(10, |', 'number'],
  ['SELECT * FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), |', 'slide'],
  ['SELECT (|', undefined],
  ['SELECT no_such_function(|', undefined],
  ['SELECT UPPER(city) |', undefined],
  ['|', undefined],
])('%s', (marked, parameter) => {
  expect(activeAt(marked)).toBe(parameter);
});
