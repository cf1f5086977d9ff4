import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DOCUMENTED_STATEMENTS, DOCUMENTED_TABLES } from './testing/documentation-statements.ts';

describe('every kind of statement of the documentation runs, or is told why not, in words that stay true', () => {
  it.each(DOCUMENTED_STATEMENTS)('%s', (text, told) => {
    const whole = DOCUMENTED_TABLES + text;
    const { diagnostics } = compile(whole);
    expect(diagnostics.map(({ severity, message, from, to }) => [severity, whole.slice(from, to), message])).toEqual(
      told,
    );
  });
});
