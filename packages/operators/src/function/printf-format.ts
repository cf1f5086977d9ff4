/** One %... of a format: `%[argument$][flags][width][.precision]conversion`. */
export interface FormatSpecifier {
  /** From 0; `next`: the one after the last such; `same`: the one before (`%<s`). */
  readonly argument: number | 'next' | 'same';
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** One letter, in the case it was written in. */
  readonly conversion: string;
}

/** Text that stands for itself, and what arguments go into. */
export type FormatPieces = readonly (string | FormatSpecifier)[];

/** Wider fields are a slip: such a format is none. */
const WIDTH_MAX = 10_000;
const CACHED_MAX = 256;
const cache = new Map<string, FormatPieces | undefined>();

/** A format of java.util.Formatter cut into its pieces; undefined when it is none. */
export function formatPieces(format: string): FormatPieces | undefined {
  if (cache.has(format)) return cache.get(format);
  const pieces = parse(format);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(format, pieces);
  return pieces;
}

const TOKEN = /[^%]+|%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%/g;

function parse(format: string): FormatPieces | undefined {
  const pieces: (string | FormatSpecifier)[] = [];
  for (const [token, number, same, flags = '', width, digits, conversion] of format.matchAll(TOKEN)) {
    if (!token.startsWith('%')) pieces.push(token);
    else if (conversion === 'n') pieces.push('\n');
    else if (conversion === '%') pieces.push('%'.padStart(Math.min(Number(width ?? 0), WIDTH_MAX)));
    else if (conversion === undefined || Number(width ?? 0) > WIDTH_MAX || Number(digits ?? 0) > WIDTH_MAX)
      return undefined;
    else {
      const argument = number === undefined ? (same === undefined ? 'next' : 'same') : Number(number) - 1;
      pieces.push({ argument, flags, width: numberOf(width), precision: numberOf(digits), conversion });
    }
  }
  return pieces;
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
