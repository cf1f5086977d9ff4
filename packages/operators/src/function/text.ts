import { createHash } from 'node:crypto';
import { StreamError } from '@millrace/model';

/*
 * String functions. Positions and lengths count code points, as Flink's do; most strings have no surrogates, and
 * then UTF-16 units are code points and the plain methods serve.
 */

/** No function builds a longer string: one record must not take the container's memory. UTF-16 units. */
const RESULT_MAX = 16 * 1024 * 1024;

const SURROGATE = /[\uD800-\uDFFF]/;

function isPlain(text: string): boolean {
  return !SURROGATE.test(text);
}

export function charLength(text: string): number {
  if (isPlain(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** From 1; 0 means 1; negative counts from the end. A negative length gives NULL. */
export function substring(text: string, position: number, length?: number): string | undefined {
  if (length !== undefined && length < 0) return undefined;
  const points = isPlain(text) ? text : [...text];
  const start = position > 0 ? position - 1 : position === 0 ? 0 : points.length + position;
  if (start < 0 || start >= points.length) return '';
  const end = length === undefined ? points.length : start + length;
  const part = points.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

export function position(part: string, text: string, from = 1): number {
  if (from < 1) return 0;
  const start = from === 1 ? 0 : unitsOf(text, from - 1);
  const at = start === undefined ? -1 : text.indexOf(part, start);
  return at < 0 ? 0 : charLength(text.slice(0, at)) + 1;
}

/** Place of the `occurrence`-th `part` at or after `from`; `from` below 0 counts from the end, and the search goes backwards. NULL for an occurrence below 1. */
export function instr(text: string, part: string, from = 1, occurrence = 1): number | undefined {
  if (occurrence < 1) return undefined;
  if (from === 0) return 0;
  if (from > 0 && occurrence === 1) return position(part, text, from);
  const [points, sought] = [[...text], [...part]];
  const isThere = (at: number) => sought.every((point, offset) => points[at + offset] === point);
  const last = points.length - sought.length;
  const step = from > 0 ? 1 : -1;
  let left = occurrence;
  for (let at = from > 0 ? from - 1 : Math.min(last, points.length + from); at >= 0 && at <= last; at += step) {
    if (isThere(at) && --left === 0) return at + 1;
  }
  return 0;
}

/** How many UTF-16 units the first characters take; undefined when there are fewer. */
function unitsOf(text: string, characters: number): number | undefined {
  let units = 0;
  for (let count = 0; count < characters; count++) {
    if (units >= text.length) return undefined;
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

export function left(text: string, length: number): string {
  return length <= 0 ? '' : (substring(text, 1, length) ?? '');
}

export function right(text: string, length: number): string {
  if (length <= 0) return '';
  return length >= charLength(text) ? text : (substring(text, -length) ?? '');
}

/** `characters` is a set: every leading and trailing character in it goes. */
export function trim(text: string, characters = ' '): string {
  return ltrim(rtrim(text, characters), characters);
}

export function ltrim(text: string, characters = ' '): string {
  const points = isPlain(text) ? text : [...text];
  const set = new Set(characters);
  let start = 0;
  while (start < points.length && set.has(points[start] ?? '')) start++;
  const rest = points.slice(start);
  return typeof rest === 'string' ? rest : rest.join('');
}

export function rtrim(text: string, characters = ' '): string {
  const points = isPlain(text) ? text : [...text];
  const set = new Set(characters);
  let end = points.length;
  while (end > 0 && set.has(points[end - 1] ?? '')) end--;
  const rest = points.slice(0, end);
  return typeof rest === 'string' ? rest : rest.join('');
}

/** NULL for a negative length, and when there is nothing to fill with. */
export function lpad(text: string, length: number, pad: string): string | undefined {
  const fill = padding(text, length, pad);
  return fill === undefined ? undefined : left(fill + text, length);
}

export function rpad(text: string, length: number, pad: string): string | undefined {
  const fill = padding(text, length, pad);
  return fill === undefined ? undefined : left(text + fill, length);
}

function padding(text: string, length: number, pad: string): string | undefined {
  const missing = length - charLength(text);
  if (length < 0 || pad === '') return undefined;
  if (missing <= 0) return '';
  const size = charLength(pad);
  return left(repeat(pad, Math.ceil(missing / size)), missing);
}

export function repeat(text: string, times: number): string {
  if (times <= 0) return '';
  if (text.length * times > RESULT_MAX) throw tooLong(text.length * times);
  return text.repeat(times);
}

export function reverse(text: string): string {
  return [...text].reverse().join('');
}

/** An empty `search` is found around every character, as Java's String.replace finds it; no character is cut in two. */
export function replace(text: string, search: string, replacement: string): string {
  const places = search === '' ? text.length + 1 : Math.floor(text.length / search.length);
  const grown = text.length + places * Math.max(0, replacement.length - search.length);
  if (grown > RESULT_MAX) throw tooLong(grown);
  if (search === '') return ['', ...text, ''].join(replacement);
  return text.replaceAll(search, () => replacement);
}

/** First letter of each run of letters and digits upper case, the rest lower. */
export function initcap(text: string): string {
  return text.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => {
    const [first = ''] = word;
    return first.toUpperCase() + word.slice(first.length);
  });
}

/** From 0; NULL when there is no such part or the delimiter is empty. */
export function splitIndex(text: string, delimiter: string, index: number): string | undefined {
  if (index < 0 || delimiter === '') return undefined;
  let start = 0;
  for (let part = 0; part < index; part++) {
    const at = text.indexOf(delimiter, start);
    if (at < 0) return undefined;
    start = at + delimiter.length;
  }
  const end = text.indexOf(delimiter, start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function upper(text: string): string {
  return text.toUpperCase();
}

export function lower(text: string): string {
  return text.toLowerCase();
}

/** By code point, which is also the order of the UTF-8 bytes. Negative, 0 or positive. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // Surrogates stand for code points above all others, but their units lie below U+E000.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether the slice is exactly `constant`: an = on strings without decoding them. */
export function sliceEquals(bytes: Uint8Array, start: number, end: number, constant: Uint8Array): boolean {
  if (end - start !== constant.length) return false;
  for (let at = 0; at < constant.length; at++) if (bytes[start + at] !== constant[at]) return false;
  return true;
}

/** Whether the slice begins with `prefix`: a LIKE 'prefix%' without decoding. */
export function sliceStartsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false;
  for (let at = 0; at < prefix.length; at++) if (bytes[start + at] !== prefix[at]) return false;
  return true;
}

function tooLong(units: number): StreamError {
  return new StreamError(
    'expression.result-too-long',
    `A string function would make ${units} characters from one record; the limit is ${RESULT_MAX}.`,
    { domain: 'user', retry: 'never' },
  );
}
