import { type Expression, formatTokens, PatternProblem, translateRegexp, translateSimilar } from '@millrace/plan';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';

/** What a call is asked for its patterns. */
interface Patterned {
  readonly args: readonly Expression[];
  readonly argSpans: readonly Span[];
  readonly span: Span;
  readonly report: Report;
}

/** False after a report: the argument at this place is a constant and no regular expression. */
export function isRegexpFine({ args, argSpans, span, report }: Patterned, at: number | undefined): boolean {
  const pattern = at === undefined ? undefined : constantText(args[at]);
  if (pattern === undefined) return true;
  const problem = problemOf(() => translateRegexp(pattern));
  if (problem === undefined) return true;
  report.error('sql.invalid-literal', argSpans[at ?? 0] ?? span, `'${pattern}' is no regular expression: ${problem}.`);
  return false;
}

/** The same for a date format. */
export function isFormatFine({ args, argSpans, span, report }: Patterned, at: number): boolean {
  const format = constantText(args[at]);
  const problem = format === undefined ? undefined : problemOf(() => formatTokens(format));
  if (problem === undefined) return true;
  report.error('sql.invalid-literal', argSpans[at] ?? span, `'${format}' is no date format: ${problem}.`);
  return false;
}

/** The same for a pattern of SIMILAR TO. */
export function isSimilarFine(
  pattern: Expression | undefined,
  escapeWith: Expression | undefined,
  span: Span,
  report: Report,
): boolean {
  const text = constantText(pattern);
  const escapeChar = escapeWith === undefined ? '' : constantText(escapeWith);
  if (text === undefined || escapeChar === undefined) return true;
  const problem = problemOf(() => translateSimilar(text, escapeChar));
  if (problem === undefined) return true;
  report.error('sql.invalid-literal', span, `'${text}' is no pattern of SIMILAR TO: ${problem}.`);
  return false;
}

function constantText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined;
}

function problemOf(translate: () => unknown): string | undefined {
  try {
    translate();
    return undefined;
  } catch (problem) {
    if (problem instanceof PatternProblem) return problem.message;
    throw problem;
  }
}
