import { parseDecimal, type Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { type FormatSpecifier, formatPieces } from './printf-format.ts';
import { exponential, fixed, general, signed } from './printf-number.ts';
import type { ValueFunction } from './value-function.ts';
import { castToText } from './value-text.ts';

/** PRINTF by java.util.Formatter with Locale.US; NULL for a format that is none or does not suit its arguments. A NULL argument is written null. */
export const PRINTF = {
  printf:
    (types) =>
    (format, ...values) => {
      if (format === null) return null;
      const pieces = formatPieces(String(format));
      if (pieces === undefined) return null;
      let ordinary = 0;
      let last = -1;
      const written: string[] = [];
      for (const piece of pieces) {
        if (typeof piece === 'string') {
          written.push(piece);
          continue;
        }
        const at = piece.argument === 'next' ? ordinary++ : piece.argument === 'same' ? last : piece.argument;
        const type = types[at + 1];
        const text = type && formatted(piece, values[at] ?? null, type);
        if (text === undefined) return null;
        last = at;
        written.push(text);
      }
      return written.join('');
    },
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

/** Undefined: the conversion has no meaning for the value. */
function formatted(specifier: FormatSpecifier, value: Value, type: DataType): string | undefined {
  const { conversion, precision, flags, width = 0 } = specifier;
  const lower = conversion.toLowerCase();
  const body =
    lower === 's' || lower === 'b' || value === null
      ? plain(lower, value, type)
      : bodyOf(lower, specifier, value, type);
  if (body === undefined) return undefined;
  const isText = lower === 's' || lower === 'b' || value === null;
  const cut = isText && precision !== undefined ? body.slice(0, precision) : body;
  const cased = conversion === lower ? cut : cut.toUpperCase();
  return flags.includes('-') ? cased.padEnd(width) : cased.padStart(width);
}

function plain(conversion: string, value: Value, type: DataType): string {
  if (conversion === 'b') return String(value !== null && value !== false);
  if (value === null) return 'null';
  return type.kind === 'boolean' ? String(value) : castToText(value, type);
}

const INTEGER_BITS: Readonly<Partial<Record<DataType['kind'], number>>> = {
  tinyint: 8,
  smallint: 16,
  integer: 32,
  bigint: 64,
};

function bodyOf(conversion: string, specifier: FormatSpecifier, value: Value, type: DataType): string | undefined {
  const bits = INTEGER_BITS[type.kind];
  switch (conversion) {
    case 'c':
      return bits === undefined || Number(value) < 0 || Number(value) > 0x10ffff
        ? undefined
        : String.fromCodePoint(Number(value));
    case 'd':
      return bits === undefined ? undefined : signed(String(value), specifier);
    case 'o':
    case 'x': {
      if (bits === undefined) return undefined;
      const digits = BigInt.asUintN(bits, BigInt(String(value))).toString(conversion === 'x' ? 16 : 8);
      const prefix = specifier.flags.includes('#') ? (conversion === 'x' ? '0x' : '0') : '';
      return specifier.flags.includes('0')
        ? `${prefix}${digits.padStart((specifier.width ?? 0) - prefix.length, '0')}`
        : `${prefix}${digits}`;
    }
    case 'e':
    case 'f':
    case 'g': {
      const number = exactOf(value, type);
      if (number === undefined) return undefined;
      if (typeof number === 'string') return number;
      const { precision = 6 } = specifier;
      const text = { e: exponential, f: fixed, g: general }[conversion](number, precision);
      return signed(text, specifier);
    }
    default:
      return undefined;
  }
}

/** A FLOAT, DOUBLE or DECIMAL as digits and how many of them stand behind the point; NaN and the infinities as text. */
function exactOf(value: Value, type: DataType) {
  if (type.kind === 'decimal')
    return {
      unscaled: parseDecimal(String(value), type.scale) ?? 0n,
      scale: type.scale,
      negative: String(value).startsWith('-'),
    };
  if (type.kind !== 'float' && type.kind !== 'double') return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) return String(number);
  const [, digits = '0', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(castToText(value, { kind: 'string', nullable: true })) ?? [];
  const sign = number < 0 ? -1n : 1n;
  return {
    unscaled: sign * BigInt(digits + fraction),
    scale: fraction.length - Number(exponent),
    negative: number < 0 || Object.is(number, -0),
  };
}
