import { columnKindOf } from '@millrace/batch';
import type { DataType, Field } from '@millrace/model';

/**
 * Source text of the decoder for one list of fields: a walk over the record's bytes that knows every field
 * name and type beforehand. It is made of the typed schema only; names enter as numbers (their UTF-8 bytes).
 *
 * The fast paths cover what machines write: plain digits of at most 15 places, strings without escapes, SQL
 * and ISO timestamps. Whatever else a value may be is left to `slow`, which handles every legal form.
 * Reading beyond `end` is harmless (the bytes belong to the next record, or are undefined) because a walk
 * that passes `end` is rejected; loops that look for a quote check `end` themselves.
 *
 * The function made: `(store, bytes, start, end, slow, slowKey) => 0 or -1 - offset`, with `store.rows` the slot to fill.
 */
export function decoderCode(fields: readonly Field[], failOnMissing: boolean): string {
  return `
"use strict";
return function decodeJson(store, b, start, end, h) {
  const row = store.rows, values = store.values, starts = store.starts, ends = store.ends, wides = store.wides, nulls = store.nulls;
  ${fields.map((field, i) => locals(field, i)).join('\n  ')}
  let p = start, c = 0, q = 0, d = 0, x = 0, k = 0, n = 0, f = -1, high = 0, negative = false;
  c = b[p];
  while (c <= 32 && p < end) { if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return -1 - p; c = b[++p]; }
  if (p >= end || c !== 123) return -1 - p;
  p++;
  c = b[p];
  ${SPACE}
  if (c === 125) p++;
  else for (;;) {
    if (c !== 34) return -1 - p;
    k = ++p;
    for (;;) {
      if (p >= end) return -1 - end;
      c = b[p];
      if (c === 34) break;
      if (c === 92 || c < 32) { p = h.skipString(b, k - 1, end); if (p < 0) return p; p--; c = 92; break; }
      p++;
    }
    n = p - k;
    f = -1;
    if (c === 92) f = h.slowKey(b, k, p);
    else switch (n) {
      ${keyCases(fields)}
    }
    p++;
    c = b[p];
    ${SPACE}
    if (c !== 58 || p >= end) return -1 - p;
    p++;
    c = b[p];
    ${SPACE}
    switch (f) {
      ${fields.map((field, i) => `case ${i}: {${valueCode(field.type, i)}\n        break;\n      }`).join('\n      ')}
      default:
        if (c === 34) {
          p++;
          for (;;) {
            if (p >= end) return -1 - end;
            c = b[p++];
            if (c === 34) break;
            if (c === 92) { p = h.skipEscape(b, p - 1, end); if (p < 0) return p; }
            else if (c < 32) return -1 - (p - 1);
          }
        } else {
          p = h.skipValue(b, p, end, 0);
          if (p < 0) return p;
        }
    }
    c = b[p];
    ${SPACE}
    if (p >= end) return -1 - end;
    if (c === 125) { p++; break; }
    if (c !== 44) return -1 - p;
    p++;
    c = b[p];
    ${SPACE}
  }
  while (p < end) { c = b[p]; if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return -1 - p; p++; }
  if (p !== end) return -1 - end;
  ${fields.map((field, i) => presence(field, i, failOnMissing)).join('\n  ')}
  return 0;
};`;
}

const SPACE =
  'if (c <= 32) { while (p < end && (c === 32 || c === 10 || c === 13 || c === 9)) c = b[++p]; if (p >= end) return -1 - end; }';

function isSliced(type: DataType): boolean {
  const kind = columnKindOf(type);
  return kind === 'string' || kind === 'bytes';
}

/** `g` tells what was seen of the field: 0 nothing, 1 a value, 2 a NULL. Slices start empty so that moving them is always safe. */
function locals(field: Field, i: number): string {
  const slots = isSliced(field.type)
    ? `const s${i} = starts[${i}], e${i} = ends[${i}]; s${i}[row] = 0; e${i}[row] = 0;`
    : `const v${i} = values[${i}];`;
  return `let g${i} = 0; ${slots}`;
}

/** Compares a key with the wanted names of its length, byte by byte. */
function keyCases(fields: readonly Field[]): string {
  const byLength = new Map<number, string[]>();
  for (const [i, field] of fields.entries()) {
    const bytes = [...new TextEncoder().encode(field.name)];
    const test = bytes.map((byte, at) => `b[k + ${at}] === ${byte}`).join(' && ') || 'true';
    const tests = byLength.get(bytes.length) ?? [];
    tests.push(`if (${test}) f = ${i};`);
    byLength.set(bytes.length, tests);
  }
  return [...byLength].map(([length, tests]) => `case ${length}: ${tests.join(' else ')} break;`).join('\n      ');
}

function presence(field: Field, i: number, failOnMissing: boolean): string {
  const missing = failOnMissing || !field.type.nullable ? `if (g${i} === 0) return h.missing(${i}); ` : '';
  const isNull = field.type.nullable ? '' : `if (g${i} === 2) return h.missing(${i}); `;
  return `${missing}${isNull}if (g${i} !== 1) store.setNull(${i}, row); else if (nulls[${i}] !== undefined) nulls[${i}][row] = 0;`;
}

const slow = (i: number) => `g${i} = h.slow(b, ${i}, row, p, end); if (g${i} < 0) return g${i}; p = h.position;`;

function valueCode(type: DataType, i: number): string {
  switch (type.kind) {
    case 'tinyint':
      return integerCode(i, 3, `x <= 127`, `v${i}[row] = x;`);
    case 'smallint':
      return integerCode(i, 5, `x <= 32767`, `v${i}[row] = x;`);
    case 'integer':
      return integerCode(i, 10, `x <= 2147483647`, `v${i}[row] = x;`);
    case 'bigint':
      return integerCode(i, 15, 'true', storeInteger(i));
    case 'decimal':
      return decimalCode(i, type.precision, type.scale);
    case 'float':
    case 'double':
      return doubleCode(i, type.kind === 'float');
    case 'string':
      return stringCode(i);
    case 'timestamp':
    case 'timestamp_ltz':
      return quotedCode(i, 'parseTimestamp');
    case 'date':
      return quotedCode(i, 'parseDate');
    default:
      return `\n        ${slow(i)}`;
  }
}

function storeInteger(i: number): string {
  return `v${i}[row] = x; if (wides[${i}] !== undefined) wides[${i}][row] = BigInt(x);`;
}

/** Leaves q at the first digit, p after the last, x the number, c the byte after it. */
const WHOLE = `
        q = p; negative = c === 45;
        if (negative) { q = p + 1; c = b[q]; }
        d = c - 48;
        if (d >= 0 && d <= 9) {
          x = d; k = q + 1;
          while ((d = b[k] - 48) >= 0 && d <= 9) { x = x * 10 + d; k++; }
          c = b[k];`;

function integerCode(i: number, digitsMax: number, bound: string, store: string): string {
  return `${WHOLE}
          if (k - q <= ${digitsMax} && c !== 46 && c !== 101 && c !== 69 && (k - q === 1 || b[q] !== 48) && ${bound}) {
            if (negative) x = 0 - x;
            ${store}
            g${i} = 1; p = k;
            break;
          }
        }
        c = b[p];
        ${slow(i)}`;
}

function decimalCode(i: number, precision: number, scale: number): string {
  const digitsMax = Math.min(15, precision);
  return `${WHOLE}
          n = 0;
          if (c === 46) { d = k + 1; for (n = 0; n <= ${scale}; n++) { f = b[d + n] - 48; if (!(f >= 0 && f <= 9)) break; x = x * 10 + f; } k = n === 0 ? q : d + n; c = b[k]; f = c - 48; if (f >= 0 && f <= 9) n = 99; }
          if (n <= ${scale} && c !== 46 && c !== 101 && c !== 69 && k - q + ${scale} - n <= ${digitsMax} && k > q && (b[q] !== 48 || b[q + 1] === 46 || k - q === 1)) {
            x = x * h.powers[${scale} - n];
            if (negative) x = 0 - x;
            ${storeInteger(i)}
            g${i} = 1; p = k;
            break;
          }
        }
        c = b[p];
        ${slow(i)}`;
}

/** At most 15 digits over a power of ten up to 22 divides to the nearest double (Clinger, "How to read floating point numbers accurately"). */
function doubleCode(i: number, single: boolean): string {
  return `${WHOLE}
          n = 0;
          if (c === 46) { d = k + 1; while ((f = b[d + n] - 48) >= 0 && f <= 9) { x = x * 10 + f; n++; } k = n === 0 ? q : d + n; c = b[k]; }
          if (k > q && k - q <= 15 && c !== 46 && c !== 101 && c !== 69 && (b[q] !== 48 || b[q + 1] === 46 || k - q === 1)) {
            x = n === 0 ? x : x / h.powers[n];
            if (negative) x = -x;
            v${i}[row] = ${single ? 'Math.fround(x)' : 'x'};
            g${i} = 1; p = k;
            break;
          }
        }
        c = b[p];
        ${slow(i)}`;
}

/** Leaves k at the first byte after the quote and q at the closing one, or falls to `slow`. */
const QUOTED = `
        if (c === 34) {
          k = p + 1; q = k; high = 0;
          for (;;) {
            if (q >= end) return -1 - end;
            c = b[q];
            if (c === 34 || c === 92 || c < 32) break;
            high |= c;
            q++;
          }`;

function stringCode(i: number): string {
  return `${QUOTED}
          if (c === 34 && (high < 128 || h.isUtf8(b, k, q))) {
            if (store.copying) { s${i}[row] = store.copy(b, k, q); e${i}[row] = s${i}[row] + q - k; }
            else { s${i}[row] = k; e${i}[row] = q; }
            g${i} = 1; p = q + 1;
            break;
          }
        }
        ${slow(i)}`;
}

function quotedCode(i: number, parse: string): string {
  return `${QUOTED}
          x = c === 34 ? h.${parse}(b, k, q) : NaN;
          if (x === x) {
            v${i}[row] = x;
            g${i} = 1; p = q + 1;
            break;
          }
        }
        ${slow(i)}`;
}
