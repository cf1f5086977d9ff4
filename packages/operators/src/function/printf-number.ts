import type { FormatSpecifier } from './printf-format.ts';

/** unscaled / 10^scale; the scale may be negative. */
export interface ExactNumber {
  readonly unscaled: bigint;
  readonly scale: number;
  /** Also of -0. */
  readonly negative: boolean;
}

/** %f: digits behind the point, rounded half up. */
export function fixed(number: ExactNumber, digits: number): string {
  const rounded = roundedTo(number, digits)
    .toString()
    .padStart(digits + 1, '0');
  const whole = rounded.slice(0, rounded.length - digits);
  const sign = number.negative ? '-' : '';
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${rounded.slice(-digits)}`;
}

/** %e: one digit before the point, and an exponent of at least two. */
export function exponential(number: ExactNumber, digits: number): string {
  const size = magnitude(number.unscaled);
  if (size === 0n) return `${fixed(number, digits)}e+00`;
  let exponent = size.toString().length - 1 - number.scale;
  let rounded = roundedTo({ ...number, scale: number.scale + exponent }, digits).toString();
  if (rounded.length > digits + 1) {
    exponent++;
    rounded = rounded.slice(0, -1);
  }
  const point = digits === 0 ? rounded : `${rounded.slice(0, 1)}.${rounded.slice(1)}`;
  const sign = number.negative ? '-' : '';
  return `${sign}${point}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** %g: so many digits in all; as %f from 0.0001 to below 10^digits, else as %e. */
export function general(number: ExactNumber, digits: number): string {
  const places = Math.max(1, digits);
  if (number.unscaled === 0n) return fixed(number, places - 1);
  const written = exponential(number, places - 1);
  const exponent = Number(written.slice(written.indexOf('e') + 1));
  return exponent >= -4 && exponent < places ? fixed(number, places - 1 - exponent) : written;
}

/** The sign and the grouping of %d, %f, %e, %g: + or a space before a positive number, ( ) around a negative one, commas, zeros up to the width. */
export function signed(text: string, { flags, width = 0 }: FormatSpecifier): string {
  const isNegative = text.startsWith('-');
  const size = isNegative ? text.slice(1) : text;
  const [, whole = '', rest = ''] = /^(\d*)(.*)$/s.exec(size) ?? [];
  const grouped = flags.includes(',') ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole;
  const [before, after] = isNegative
    ? flags.includes('(')
      ? ['(', ')']
      : ['-', '']
    : [flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '', ''];
  const body = `${grouped}${rest}`;
  return `${before}${flags.includes('0') ? body.padStart(width - before.length - after.length, '0') : body}${after}`;
}

/** The size times 10^digits, rounded half up. */
function roundedTo({ unscaled, scale }: ExactNumber, digits: number): bigint {
  const size = magnitude(unscaled);
  if (scale <= digits) return size * 10n ** BigInt(digits - scale);
  const unit = 10n ** BigInt(scale - digits);
  return (size * 2n + unit) / (unit * 2n);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
