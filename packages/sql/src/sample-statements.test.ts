import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { SAMPLE_STATEMENTS } from './testing/sample-statements.ts';

describe('a statement as Flink has it runs, or its author is told why it does not', () => {
  it.each(SAMPLE_STATEMENTS)('$name', ({ tables, text, told = [] }) => {
    const before = tables.map((table) => `${table};\n`).join('');
    const { diagnostics } = compile(before + text);
    const found = diagnostics.map(({ severity, message, from, to }) => [
      severity,
      text.slice(from - before.length, to - before.length),
      message,
    ]);
    expect(found).toEqual(told);
  });
});
