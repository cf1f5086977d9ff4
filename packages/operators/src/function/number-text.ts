/** Numbers as text, Java's way: what CAST(x AS STRING) writes and CAST('...' AS ...) reads in Flink. */

/** Double.toString: `1.0`, `0.001`, `1.0E7`, `NaN`, `Infinity`. */
export function formatDouble(value: number): string {
  return javaForm(value, String(Math.abs(value)));
}

/** Float.toString: the fewest digits that give the same 32-bit float. */
export function formatFloat(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(size)) return javaForm(value, '');
  for (let digits = 1; digits <= 9; digits++) {
    const text = size.toPrecision(digits);
    if (Math.fround(Number(text)) === size) return javaForm(value, String(Number(text)));
  }
  return javaForm(value, String(size));
}

function javaForm(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign}Infinity`;
  if (size === 0) return `${sign}0.0`;
  const [mantissa = '', exponentText = '0'] = shortest.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  if (size >= 1e-3 && size < 1e7) return `${sign}${whole}.${fraction === '' ? '0' : fraction}`;
  const digits = (whole + fraction).replace(/^0+/, '');
  const leadingZeros = (whole + fraction).length - digits.length;
  const exponent = Number(exponentText) + whole.length - 1 - leadingZeros;
  const rest = digits.slice(1).replace(/0+$/, '');
  return `${sign}${digits[0]}.${rest === '' ? '0' : rest}E${exponent}`;
}

/** Double.parseDouble after trim; undefined when the text is no number. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(NaN|Infinity)$/.test(trimmed)) return Number(trimmed.replace(/^[+-]NaN$/, 'NaN'));
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/.test(trimmed)
    ? Number(trimmed.replace(/[dDfF]$/, ''))
    : undefined;
}

/** Whole digits, a fraction is cut (Flink's string to integer cast); undefined when it is no number or outside the range. */
export function parseInteger(text: string, bits: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  if (match === null || (match[2] === '' && (match[3] ?? '') === '')) return undefined;
  const size = BigInt(match[2] === '' ? '0' : (match[2] ?? '0'));
  const value = match[1] === '-' ? -size : size;
  return BigInt.asIntN(bits, value) === value ? value : undefined;
}

const TRUE = new Set(['t', 'true', 'y', 'yes', '1']);
const FALSE = new Set(['f', 'false', 'n', 'no', '0']);

export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}

/** Java's (int) of a double: toward zero, NaN is 0, outside the range the nearest end. */
export function saturate(value: number, bits: number): number {
  if (Number.isNaN(value)) return 0;
  const limit = 2 ** (bits - 1);
  return Math.min(Math.max(Math.trunc(value), -limit), limit - 1) + 0;
}

/** The same to 64 bits, exact. */
export function saturateWide(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}
