import { PatternProblem } from './regexp/pattern-text.ts';

/** A piece of a date format: text, a run of one letter, or the ends of an optional section. */
export type FormatToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'letter'; readonly letter: FormatLetter; readonly width: number }
  | { readonly kind: 'open' | 'close' };

/** The letters of java.time.format.DateTimeFormatter that are known here. */
export const FORMAT_LETTERS = [
  'G', 'y', 'u', 'Q', 'q', 'M', 'L', 'd', 'D', 'E', 'a', 'H', 'k', 'h', 'K', 'm', 's', 'S', 'n', 'A', 'X', 'x', 'Z',
] as const; // biome-ignore format: a table
export type FormatLetter = (typeof FORMAT_LETTERS)[number];

/** What is probably meant by a letter that depends on a locale or a zone. */
const MEANT: Readonly<Record<string, string>> = {
  Y: 'Y is the year of the week: write yyyy',
  w: 'weeks depend on the country: use EXTRACT(WEEK FROM ...)',
  W: 'weeks depend on the country: use EXTRACT(WEEK FROM ...)',
  e: 'the number of a day of the week depends on the country: use DAYOFWEEK',
  c: 'the number of a day of the week depends on the country: use DAYOFWEEK',
  z: 'names of zones are not unique: write X for a distance',
  V: 'a time has no zone of its own: use AT TIME ZONE',
  v: 'a time has no zone of its own: use AT TIME ZONE',
  O: 'write X for a distance from UTC',
};

/** The pieces of a date format; throws `PatternProblem` naming what is not known. Pure. */
export function formatTokens(pattern: string): readonly FormatToken[] {
  const tokens: FormatToken[] = [];
  let depth = 0;
  // A quoted text ('' is a quote), a run of one letter, or any other character.
  for (const [token, quoted, letter] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/gu)) {
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted === '' ? "'" : quoted.replaceAll("''", "'") });
    else if (letter !== undefined) tokens.push({ kind: 'letter', letter: known(letter), width: token.length });
    else if (token === '[') {
      depth++;
      tokens.push({ kind: 'open' });
    } else if (token === ']') {
      if (--depth < 0) throw new PatternProblem('a ] has no [');
      tokens.push({ kind: 'close' });
    } else if (token === "'") throw new PatternProblem('a quote has no end');
    else if ('{}#'.includes(token)) throw new PatternProblem(`${token} goes in quotes`);
    else tokens.push({ kind: 'text', text: token });
  }
  if (depth > 0) throw new PatternProblem('a [ has no ]');
  return tokens;
}

function known(letter: string): FormatLetter {
  const found = FORMAT_LETTERS.find((each) => each === letter);
  if (found !== undefined) return found;
  const why =
    MEANT[letter] ?? `it uses ${letter}; known letters are ${FORMAT_LETTERS.join(' ')}, and text goes in quotes`;
  throw new PatternProblem(why);
}
