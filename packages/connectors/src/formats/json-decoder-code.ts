import { columnKindOf } from '@millrace/batch';
import { type DataType, type Field, type FineTimestamp, isFineTimestamp, ticksPerMs } from '@millrace/model';

/**
 * Source text of the decoder for one list of fields: a walk over the record's bytes that knows every field
 * name and type beforehand. It is made of the typed schema only; names enter as numbers (their UTF-8 bytes).
 *
 * The fast paths cover what machines write: plain digits of at most 15 places, strings without escapes, SQL
 * and ISO timestamps. Whatever else a value may be is left to `slow`, which handles every legal form.
 * Reading beyond `end` is harmless (the bytes belong to the next record, or are undefined) because a walk
 * that passes `end` is rejected; loops that look for a quote check `end` themselves.
 *
 * The function made: `(store, bytes, start, end, h) => 0 or -1 - offset`, with `store.rows` the slot to fill and `h` the slow paths.
 */
export function decoderCode(fields: readonly Field[], failOnMissing: boolean): string {
  return `
"use strict";
return function decodeJson(store, b, start, end, h) {
  const row = store.rows;
  ${LOCALS}
  ${fields.map((field, i) => slots(field, i)).join('\n  ')}
  let high = 0;
  ${recordCode(fields, failOnMissing, WALKED)}
  return 0;
};`;
}

/**
 * The same walk over many records, whose strings are marked: where one ends is looked up instead of walked to. What does not decode ends the run, and
 * the function above says why.
 *
 * The function made: `(store, bytes, from, to, h, m, recordStarts, recordEnds, leavesOut) => number of the record it stopped at, or to`. Each record is
 * accepted, unless `leavesOut()`, if there is one, says that it is not wanted; the store has room for all of them.
 */
export function runDecoderCode(fields: readonly Field[], failOnMissing: boolean): string {
  return `
"use strict";
return function decodeJsonRun(store, b, from, to, h, m, recordStarts, recordEnds, leavesOut) {
  ${LOCALS}
  ${fields.map((field, i) => slots(field, i)).join('\n  ')}
  const marks = m.ends, notAscii = m.wides, base = m.start;
  let high = 0, i = 0, j = 0, row = store.rows;
  for (let record = from; record < to; record++) {
    const start = recordStarts[record], end = recordEnds[record];
    if (start < 0) return record;
    if (store.copying) store.restart();
    ${recordCode(fields, failOnMissing, MARKED)}
    if (leavesOut !== undefined && leavesOut()) continue;
    store.accept();
    row++;
  }
  return to;
};`;
}

const LOCALS =
  'const values = store.values, starts = store.starts, ends = store.ends, wides = store.wides, nulls = store.nulls;';

/** One record: leaves the slots of `row` filled, or fails. */
function recordCode(fields: readonly Field[], failOnMissing: boolean, walk: Walk): string {
  const fail = walk.fail;
  return `
${fields.map((field, i) => start(field, i)).join('\n  ')}
  let p = start, c = 0, q = 0, d = 0, x = 0, k = 0, n = 0, f = -1, negative = false;
  c = b[p];
  while (c <= 32 && p < end) { if (c !== 32 && c !== 10 && c !== 13 && c !== 9) ${fail('-1 - p')} c = b[++p]; }
  if (p >= end || c !== 123) ${fail('-1 - p')}
  p++;
  c = b[p];
  ${space(walk)}
  if (c === 125) p++;
  else for (;;) {
    if (c !== 34) ${fail('-1 - p')}
    k = ++p;
    ${walk.to('p')}
    if (c !== 34) { p = h.skipString(b, k - 1, end); if (p < 0) ${fail('p')} p--; c = 92; }
    n = p - k;
    f = -1;
    if (c === 92) f = h.slowKey(b, k, p);
    else switch (n) {
      ${keyCases(fields)}
    }
    p++;
    c = b[p];
    ${space(walk)}
    if (c !== 58 || p >= end) ${fail('-1 - p')}
    p++;
    c = b[p];
    ${space(walk)}
    switch (f) {
      ${fields.map((field, i) => `case ${i}: {${valueCode(field.type, i, walk)}\n        break;\n      }`).join('\n      ')}
      default:
        if (c === 34) {
          k = p++;
          ${walk.to('p')}
          if (c === 34) p++;
          else { p = h.skipString(b, k, end); if (p < 0) ${fail('p')} }
        } else {
          k = p;
          if (c > 48 && c <= 57) do c = b[++k]; while (c >= 48 && c <= 57);
          // Digits with a comma or brace behind them are a whole number; all else is looked at by itself.
          if (k > p && (c === 44 || c === 125)) p = k;
          else { p = h.skipValue(b, p, end, 0); if (p < 0) ${fail('p')} }
        }
    }
    c = b[p];
    ${space(walk)}
    if (p >= end) ${fail('-1 - end')}
    if (c === 125) { p++; break; }
    if (c !== 44) ${fail('-1 - p')}
    p++;
    c = b[p];
    ${space(walk)}
  }
  while (p < end) { c = b[p]; if (c !== 32 && c !== 10 && c !== 13 && c !== 9) ${fail('-1 - p')} p++; }
  if (p !== end) ${fail('-1 - end')}
  ${fields.map((field, i) => presence(field, i, failOnMissing, walk)).join('\n  ')}
`;
}

/** How the end of a string is found. */
interface Walk {
  /** What to do when the record does not decode; the expression says where: -1 - offset. */
  readonly fail: (at: string) => string;
  /** Moves a variable from inside a string to its next quote, backslash or control character, and has that byte in `c`. */
  readonly to: (variable: string) => string;
  /** Has in `high` what tells whether the bytes from `k` to `q`, just walked over, are ASCII. */
  readonly look: string;
  readonly isAscii: string;
}

const WALKED: Walk = {
  fail: (at) => `return ${at};`,
  to: (at) => `high = 0;
      for (;;) { if (${at} >= end) return -1 - end; c = b[${at}]; if (c === 34 || c === 92 || c < 32) break; high |= c; ${at}++; }`,
  look: '',
  isAscii: 'high < 128',
};

/** Bits are looked at a word at a time. */
const MARKED: Walk = {
  fail: () => 'return record;',
  to: (at) => `j = ${at} - base; i = j >> 5; j = marks[i] & (-1 << (j & 31));
      while (j === 0) j = marks[++i];
      ${at} = base + (i << 5) + 31 - Math.clz32(j & -j);
      if (${at} >= end) return record;
      c = b[${at}];`,
  look: `i = (k - base) >> 5; j = (q - base) >> 5; high = notAscii[i] & (-1 << ((k - base) & 31));
          if (i < j) { while (++i < j) high |= notAscii[i]; high |= notAscii[j] & ~(-1 << ((q - base) & 31)); } else high &= ~(-1 << ((q - base) & 31));`,
  isAscii: 'high === 0',
};

const space = (walk: Walk) =>
  `if (c <= 32) { while (p < end && (c === 32 || c === 10 || c === 13 || c === 9)) c = b[++p]; if (p >= end) ${walk.fail('-1 - end')} }`;

function isSliced(type: DataType): boolean {
  const kind = columnKindOf(type);
  return kind === 'string' || kind === 'bytes';
}

function slots(field: Field, i: number): string {
  return isSliced(field.type) ? `const s${i} = starts[${i}], e${i} = ends[${i}];` : `const v${i} = values[${i}];`;
}

/** `g` tells what was seen of the field: 0 nothing, 1 a value, 2 a NULL. Slices start empty so that moving them is always safe. */
function start(field: Field, i: number): string {
  return `let g${i} = 0;${isSliced(field.type) ? ` s${i}[row] = 0; e${i}[row] = 0;` : ''}`;
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

function presence(field: Field, i: number, failOnMissing: boolean, walk: Walk): string {
  const fail = walk.fail(`h.missing(${i})`);
  const missing = failOnMissing || !field.type.nullable ? `if (g${i} === 0) ${fail} ` : '';
  const isNull = field.type.nullable ? '' : `if (g${i} === 2) ${fail} `;
  return `${missing}${isNull}if (g${i} !== 1) store.setNull(${i}, row); else if (nulls[${i}] !== undefined) nulls[${i}][row] = 0;`;
}

const slow = (i: number, walk: Walk) =>
  `g${i} = h.slow(b, ${i}, row, p, end); if (g${i} < 0) ${walk.fail(`g${i}`)} p = h.position;`;

function valueCode(type: DataType, i: number, walk: Walk): string {
  switch (type.kind) {
    case 'tinyint':
      return integerCode(i, 3, `x <= 127`, `v${i}[row] = x;`, walk);
    case 'smallint':
      return integerCode(i, 5, `x <= 32767`, `v${i}[row] = x;`, walk);
    case 'integer':
      return integerCode(i, 10, `x <= 2147483647`, `v${i}[row] = x;`, walk);
    case 'bigint':
      return integerCode(i, 15, 'true', storeInteger(i), walk);
    case 'interval':
      return type.unit === 'months'
        ? integerCode(i, 10, 'x <= 2147483647', `v${i}[row] = x;`, walk)
        : integerCode(i, 15, 'true', `v${i}[row] = x;`, walk);
    case 'decimal':
      return decimalCode(i, type.precision, type.scale, walk);
    case 'float':
    case 'double':
      return doubleCode(i, type.kind === 'float', walk);
    case 'string':
      return stringCode(i, walk);
    case 'timestamp':
    case 'timestamp_ltz':
      return quotedCode(i, 'parseTimestamp', walk, isFineTimestamp(type) ? storeTicks(i, type) : undefined);
    case 'date':
      return quotedCode(i, 'parseDate', walk);
    default:
      return `\n        ${slow(i, walk)}`;
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

function integerCode(i: number, digitsMax: number, bound: string, store: string, walk: Walk): string {
  return `${WHOLE}
          if (k - q <= ${digitsMax} && c !== 46 && c !== 101 && c !== 69 && (k - q === 1 || b[q] !== 48) && ${bound}) {
            if (negative) x = 0 - x;
            ${store}
            g${i} = 1; p = k;
            break;
          }
        }
        c = b[p];
        ${slow(i, walk)}`;
}

function decimalCode(i: number, precision: number, scale: number, walk: Walk): string {
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
        ${slow(i, walk)}`;
}

/** At most 15 digits over a power of ten up to 22 divides to the nearest double (Clinger, "How to read floating point numbers accurately"). */
function doubleCode(i: number, single: boolean, walk: Walk): string {
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
        ${slow(i, walk)}`;
}

/** Leaves k at the first byte after the quote and q at the closing one, or falls to `slow`. */
const quoted = (walk: Walk) => `
        if (c === 34) {
          k = p + 1; q = k;
          ${walk.to('q')}`;

function stringCode(i: number, walk: Walk): string {
  return `${quoted(walk)}
          ${walk.look}
          if (c === 34 && (${walk.isAscii} || h.isUtf8(b, k, q))) {
            if (store.copying) { s${i}[row] = store.copy(b, k, q); e${i}[row] = s${i}[row] + q - k; }
            else { s${i}[row] = k; e${i}[row] = q; }
            g${i} = 1; p = q + 1;
            break;
          }
        }
        ${slow(i, walk)}`;
}

/** `x` are the whole ms of the text from `k` to `q`. */
function storeTicks(i: number, type: FineTimestamp): string {
  return `store.setTicks(${i}, row, x, h.ticksBehindMs(b, k, q, ${type.precision - 3}), ${ticksPerMs(type)});`;
}

function quotedCode(i: number, parse: string, walk: Walk, store = `v${i}[row] = x;`): string {
  return `${quoted(walk)}
          x = c === 34 ? h.${parse}(b, k, q) : NaN;
          if (x === x) {
            ${store}
            g${i} = 1; p = q + 1;
            break;
          }
        }
        ${slow(i, walk)}`;
}
