import { expect } from 'vitest';
import { compile } from '../compile.ts';

/** The text with the place of the problem in « », the code, and the message. */
export type WrongStatement = readonly [text: string, code: string, message: string];

/** The statement, after the declarations of `tables`, has this one problem at this place, and no plan. */
export function expectTold(tables: string, [marked, code, message]: WrongStatement): void {
  const text = marked.replaceAll(/[«»]/g, '');
  const from = marked.indexOf('«');
  const to = marked.indexOf('»') - 1;
  const { diagnostics, plan } = compile(`${tables}\n${text}`);
  const found = diagnostics.map((problem) => ({
    code: problem.code,
    message: problem.message,
    at: text.slice(problem.from - tables.length - 1, problem.to - tables.length - 1),
    from: problem.from - tables.length - 1,
  }));
  expect(found).toEqual([{ code, message, at: text.slice(from, to), from }]);
  expect(plan).toBeUndefined();
}
