/** OVERLAY(text PLACING by FROM start FOR length): characters counted from 1; as many replaced as `by` has unless said. */
export function overlay(text: string, by: string, start: number, length?: number): string {
  const chars = [...text];
  const replaced = length ?? [...by].length;
  if (start <= 0 || start > chars.length) return text;
  const after = replaced < 0 ? [] : chars.slice(start - 1 + replaced);
  return [...chars.slice(0, start - 1), by, ...after].join('');
}

/** Every character of `from` becomes the one at its place in `to`, or goes when there is none. */
export function translate(text: string, from: string, to: string): string {
  const targets = [...to];
  const table = new Map<string, string>();
  for (const [at, char] of [...from].entries()) if (!table.has(char)) table.set(char, targets[at] ?? '');
  return Array.from(text, (char) => table.get(char) ?? char).join('');
}

/** The character of a code modulo 256, as Flink's CHR; of a negative one the empty text. */
export function chr(code: number): string {
  return code < 0 ? '' : String.fromCharCode(code & 255);
}

/** IS_ALPHA, IS_DECIMAL, IS_DIGIT: all characters are letters; the text is a number; all are digits. */
export function isAlpha(text: string): boolean {
  return /^\p{L}+$/u.test(text);
}

export function isDecimal(text: string): boolean {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}

export function isDigit(text: string): boolean {
  return /^\p{Nd}+$/u.test(text);
}
