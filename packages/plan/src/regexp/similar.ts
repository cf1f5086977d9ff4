import { PatternText } from './pattern-text.ts';
import type { TranslatedRegexp } from './translate.ts';

/** Classes of SIMILAR TO, as in [[:ALPHA:]0-9]. */
const CLASSES: Readonly<Record<string, string>> = {
  ALPHA: '\\p{L}',
  UPPER: '\\p{Lu}',
  LOWER: '\\p{Ll}',
  DIGIT: '0-9',
  ALNUM: '\\p{L}0-9',
  SPACE: ' ',
  WHITESPACE: ' \\t\\n\\v\\f\\r',
};

/**
 * A pattern of SIMILAR TO (SQL:2003, 8.6) as a regular expression that matches the whole text: `%` any run, `_` any character, and
 * `| * + ? {n,m} ( ) [a-z] [^a-z] [[:ALPHA:]]` as everywhere. `escapeChar` makes the next character plain. Throws `PatternProblem`.
 */
export function translateSimilar(pattern: string, escapeChar = ''): TranslatedRegexp {
  const text = new PatternText(pattern);
  const parts: string[] = [];
  while (!text.atEnd) parts.push(pieceOf(text, escapeChar));
  const source = `^(?:${parts.join('')})$`;
  try {
    new RegExp(source, 'v');
  } catch {
    text.fail('its brackets or counts do not fit together');
  }
  return { source, flags: 'v' };
}

function pieceOf(text: PatternText, escapeChar: string): string {
  if (escapeChar !== '' && text.accept(escapeChar)) return escaped(text);
  if (text.accept('%')) return '[\\s\\S]*';
  if (text.accept('_')) return '[\\s\\S]';
  if (text.accept('(')) return '(?:';
  if (text.accept('[')) return classOf(text, escapeChar);
  const operator = text.match(/[|*+?)]|\{\d+(?:,\d*)?\}/y);
  return operator ?? text.literal();
}

function escaped(text: PatternText): string {
  return text.atEnd ? text.fail('it ends in the escape character') : text.literal();
}

function classOf(text: PatternText, escapeChar: string): string {
  const items: string[] = [text.accept('^') ? '^' : ''];
  while (!text.accept(']')) {
    if (text.atEnd) text.fail('a [ has no ]');
    const name = text.match(/\[:\w+:\]/y)?.slice(2, -2);
    if (name !== undefined) items.push(CLASSES[name.toUpperCase()] ?? text.fail(`[:${name}:] is no class`));
    else if (escapeChar !== '' && text.accept(escapeChar)) items.push(escaped(text));
    else if (items.length > 1 && text.sees('-') && !text.sees('-]') && text.accept('-')) items.push('-');
    else items.push(text.literal());
  }
  return `[${items.join('')}]`;
}
