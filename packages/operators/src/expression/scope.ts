import { columnKindOf } from '@millrace/batch';
import { type DataType, formatDataType, isFineTimestamp, StreamError } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Code, CodeWriter } from './code-writer.ts';
import { msOfFine } from './fine-timestamp.ts';

/**
 * What the emitters of one generated function share. In narrow mode 64-bit integers and unscaled decimals are doubles
 * that are safe integers, and any step that would leave that range returns BAIL from the whole function; in wide
 * mode they are bigint. All other kinds look the same in both: boolean as true/false, strings as strings.
 */
export interface Scope {
  readonly writer: CodeWriter;
  readonly wide: boolean;
  emit(expression: Expression): Code;
  /** A constant that holds the text of the expression, for errors. */
  label(expression: Expression): string;
  /** The UTF-8 slices of a string column, when the batch has them: `bytes`, `starts`, `ends` as locals. */
  slices(index: number): { readonly bytes: string; readonly starts: string; readonly ends: string } | undefined;
  /** Whether a column is NULL, without reading its value. */
  nullOf(index: number): Code;
  /** Nothing exact can be computed with doubles here: the function is generated wide at once. */
  requireWide(): void;
}

export const BAIL = -1;

/** Statement that gives up the narrow attempt unless `value` is a safe integer (NaN is none). */
export function bailUnlessSafe(value: string): string {
  return `if (!(${value} <= 9007199254740991 && ${value} >= -9007199254740991)) return ${BAIL};`;
}

export function isInt32(type: DataType): boolean {
  return type.kind === 'tinyint' || type.kind === 'smallint' || type.kind === 'integer';
}

/** Held as a 64-bit integer: BIGINT, DECIMAL and the ticks of fine timestamps. */
export function isInt64(type: DataType): boolean {
  return columnKindOf(type) === 'int64';
}

/** A number of which no digit is lost. */
export function isExact(type: DataType): boolean {
  return isInt32(type) || type.kind === 'bigint' || type.kind === 'decimal';
}

/** Digits after the point of an exact number. */
export function scaleOf(type: DataType): number {
  return type.kind === 'decimal' ? type.scale : 0;
}

/** What a local of this type starts as. */
export function zeroOf(type: DataType, scope: Scope): string {
  switch (columnKindOf(type)) {
    case 'boolean':
      return 'false';
    case 'int32':
    case 'float64':
      return '0';
    case 'int64':
      return scope.wide ? '0n' : '0';
    case 'string':
      return "''";
    case 'bytes':
    case 'object':
      return 'undefined';
  }
}

/** A value of a numeric or temporal type as a plain double, for functions of the runtime; a fine timestamp as its whole epoch ms. */
export function asDouble(value: string, type: DataType, scope: Scope): string {
  if (isFineTimestamp(type)) return msOfFine(value, type, scope);
  if (type.kind === 'decimal' && (type.scale > 0 || scope.wide)) return `R.decimalToDouble(${value}, ${type.scale})`;
  return isInt64(type) && scope.wide ? `Number(${value})` : value;
}

/** As `asDouble`, and a DATE as its first ms. */
export function asEpochMs(value: string, type: DataType, scope: Scope): string {
  return type.kind === 'date' ? `(${value} * 86400000)` : asDouble(value, type, scope);
}

/** An exact number brought into the 64-bit representation of this mode. */
export function asInt64(value: string, type: DataType, scope: Scope): string {
  return scope.wide && isInt32(type) ? `BigInt(${value})` : value;
}

/** Statements that turn a DECIMAL too long for its precision into NULL, as Flink does. */
export function nullUnlessFits(value: string, isNull: string, type: DataType, scope: Scope): string {
  if (type.kind !== 'decimal' || (!scope.wide && type.precision > 15)) return '';
  const limit = scope.wide ? scope.writer.constant(10n ** BigInt(type.precision)) : `1e${type.precision}`;
  return `if (${value} >= ${limit} || ${value} <= -${limit}) { ${value} = ${scope.wide ? '0n' : '0'}; ${isNull} = true; }`;
}

export function wrapInt32(value: string, type: DataType): string {
  if (type.kind === 'tinyint') return `(${value}) << 24 >> 24`;
  return type.kind === 'smallint' ? `(${value}) << 16 >> 16` : `(${value}) | 0`;
}

/** Plans come from the binder, so this names a gap between it and the operators. */
export function unsupported(what: string, ...types: readonly DataType[]): StreamError {
  return new StreamError(
    'expression.unsupported',
    `${what} is not available for ${types.map((type) => formatDataType({ ...type, nullable: true })).join(', ')}.`,
    { domain: 'user', retry: 'never' },
  );
}
