import { columnKindOf } from '@millrace/batch';
import { type DataType, type Field, type FineTimestamp, isFineTimestamp, ticksPerMs } from '@millrace/model';
import type { CsvDialect } from './csv-dialect.ts';

/**
 * Source text of the decoder for one list of fields and one dialect: a walk over the record's bytes, field by
 * field. It is made of the typed schema and of character codes only; no part of a name or a value enters it.
 *
 * The fast paths cover what machines write: unquoted digits of at most 15 places, unquoted text, SQL and ISO
 * timestamps. Whatever else a field may be (quotes, escapes, NULL, blanks, exponents) is left to `slow`.
 * Reading beyond `end` is harmless: every fast path compares the position it reached with `end`.
 *
 * `columns[j]` is the field the j-th value of a record belongs to, -1 when nobody asked for it. The function
 * made: `(store, bytes, start, end, help) => 0`, or negative when the record is bad (`help.failure` says why).
 */
export function csvDecoderCode(fields: readonly Field[], columns: readonly number[], dialect: CsvDialect): string {
  return `
"use strict";
return function decodeCsv(store, b, start, end, h) {
  const row = store.rows, values = store.values, starts = store.starts, ends = store.ends, wides = store.wides, nulls = store.nulls;
  ${fields.map(({ type }, i) => locals(type, i)).join('\n  ')}
  let p = start, c = 0, q = 0, d = 0, x = 0, k = 0, n = 0, high = 0, negative = false;
  ${columns.map((field, at) => columnCode(fields[field]?.type, field, at, dialect)).join('\n  ')}
  return p === end ? 0 : h.tooMany(b, p);
};`;
}

function isSliced(type: DataType): boolean {
  const kind = columnKindOf(type);
  return kind === 'string' || kind === 'bytes';
}

/** Slices start empty so that moving them is always safe. */
function locals(type: DataType, i: number): string {
  return isSliced(type)
    ? `const s${i} = starts[${i}], e${i} = ends[${i}]; s${i}[row] = 0; e${i}[row] = 0;`
    : `const v${i} = values[${i}];`;
}

function columnCode(type: DataType | undefined, field: number, at: number, dialect: CsvDialect): string {
  const entry = at === 0 ? '' : `if (p >= end) return h.tooFew(${at}); p++;`;
  const code =
    type === undefined
      ? `p = h.skip(b, p, end); if (p < 0) return p;`
      : `f${at}: { ${fastCode(type, field, at, dialect)}
    p = h.slow(b, ${field}, row, p, end); if (p < 0) return p;
  }`;
  return `${entry}\n  ${code}`;
}

/** Stores the value and leaves the field's block when the fast path reached its end. */
function done(field: number, at: number, store: string): string {
  return `{ ${store} if (nulls[${field}] !== undefined) nulls[${field}][row] = 0; p = k; break f${at}; }`;
}

function fastCode(type: DataType, i: number, at: number, dialect: CsvDialect): string {
  const ended = `(k === end || (k < end && b[k] === ${dialect.delimiter}))`;
  switch (type.kind) {
    case 'tinyint':
      return integerCode(3, 'x <= 127', ended, done(i, at, signed(`v${i}[row] = x;`)));
    case 'smallint':
      return integerCode(5, 'x <= 32767', ended, done(i, at, signed(`v${i}[row] = x;`)));
    case 'integer':
      return integerCode(10, 'x <= 2147483647', ended, done(i, at, signed(`v${i}[row] = x;`)));
    case 'bigint':
      return integerCode(15, 'true', ended, done(i, at, signed(storeInteger(i))));
    case 'interval': {
      const [digitsMax, bound] = type.unit === 'months' ? [10, 'x <= 2147483647'] : [15, 'true'];
      return integerCode(digitsMax, bound, ended, done(i, at, signed(`v${i}[row] = x;`)));
    }
    case 'decimal': {
      const { precision, scale } = type;
      const fits = `n <= ${scale} && d + ${scale} <= ${Math.min(15, precision)}`;
      return fractionCode(fits, ended, done(i, at, `x = x * h.powers[${scale} - n]; ${signed(storeInteger(i))}`));
    }
    case 'float':
    case 'double': {
      const value = type.kind === 'float' ? 'Math.fround(x)' : 'x';
      // At most 15 digits over a power of ten up to 22 divides to the nearest double (Clinger, as in the JSON decoder).
      const store = `x = n === 0 ? x : x / h.powers[n]; if (negative) x = -x; v${i}[row] = ${value};`;
      return fractionCode('d + n <= 15', ended, done(i, at, store));
    }
    case 'string':
      return textCode(i, at, dialect);
    case 'timestamp':
    case 'timestamp_ltz':
      return timeCode('parseTimestamp', i, at, dialect, isFineTimestamp(type) ? storeTicks(i, type) : undefined);
    case 'date':
      return timeCode('parseDate', i, at, dialect);
    default:
      return '';
  }
}

function signed(store: string): string {
  return `if (negative) x = 0 - x; ${store}`;
}

function storeInteger(i: number): string {
  return `v${i}[row] = x; if (wides[${i}] !== undefined) wides[${i}][row] = BigInt(x);`;
}

/** Leaves k behind the digits that begin at q, x their number. */
const DIGITS = `
    q = p; negative = b[q] === 45; if (negative) q++;
    x = 0; k = q;
    while ((c = b[k] - 48) >= 0 && c <= 9) { x = x * 10 + c; k++; }`;

function integerCode(digitsMax: number, bound: string, ended: string, store: string): string {
  return `${DIGITS}
    if (k > q && k - q <= ${digitsMax} && ${bound} && ${ended}) ${store}`;
}

/** d digits before the point, n behind it. */
function fractionCode(fits: string, ended: string, store: string): string {
  return `${DIGITS}
    d = k - q; n = 0;
    if (d > 0 && b[k] === 46) { k++; while ((c = b[k] - 48) >= 0 && c <= 9) { x = x * 10 + c; k++; n++; } if (n === 0) d = 99; }
    if (d > 0 && ${fits} && ${ended}) ${store}`;
}

/** Leaves k at the end of an unquoted field without escapes, and high the bits of all its bytes; c is 0 for any other field. */
function unquoted({ delimiter, quote, escaping }: CsvDialect): string {
  return `
    k = p; high = 0; c = ${quote === -1 ? '1' : `p < end && b[p] === ${quote} ? 0 : 1`};
    if (c === 1) for (; k < end; k++) { const byte = b[k]; if (byte === ${delimiter}) break; ${escaping === -1 ? '' : `if (byte === ${escaping}) { c = 0; break; }`} high |= byte; }`;
}

/** An empty field and one that might be the NULL literal are looked at closely. */
function textCode(i: number, at: number, dialect: CsvDialect): string {
  const { nullLiteral } = dialect;
  const length = nullLiteral === undefined ? -1 : Buffer.byteLength(nullLiteral);
  const store = `if (store.copying) { s${i}[row] = store.copy(b, p, k); e${i}[row] = s${i}[row] + k - p; } else { s${i}[row] = p; e${i}[row] = k; }`;
  return `${unquoted(dialect)}
    if (c === 1 && k - p !== ${length} && (high < 128 || h.isUtf8(b, p, k))) ${done(i, at, store)}`;
}

/** `x` are the whole ms of the text from `p` to `k`. */
function storeTicks(i: number, type: FineTimestamp): string {
  return `store.setTicks(${i}, row, x, h.ticksBehindMs(b, p, k, ${type.precision - 3}), ${ticksPerMs(type)});`;
}

function timeCode(parse: string, i: number, at: number, dialect: CsvDialect, store = `v${i}[row] = x;`): string {
  return `${unquoted(dialect)}
    if (c === 1 && k > p) { x = h.${parse}(b, p, k); if (x === x) ${done(i, at, store)} }`;
}
