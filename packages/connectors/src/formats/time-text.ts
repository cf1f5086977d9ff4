import { type FineTimestamp, floorDivide, isFineTimestamp, type TimestampType, ticksPerMs } from '@millrace/model';

/**
 * Dates and times as text, both ways, in bytes: `yyyy-MM-dd HH:mm:ss[.fraction]` (Flink's SQL standard) and
 * ISO-8601 with `T` and an optional zone. A proleptic Gregorian day number by arithmetic, without a Date object
 * (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
function daysOfDate(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** [year, month, day] of days since 1970-01-01. */
function dateOfDays(days: number): readonly [year: number, month: number, day: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/**
 * Epoch ms of the text in `bytes[start, end)`, NaN when it is no timestamp. Digits beyond milliseconds are left to `ticksBehindMs`. No zone means UTC.
 */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 23 || length === 19) {
    const plain = plainTimestamp(bytes, start, length);
    if (!Number.isNaN(plain)) return plain;
  }
  if (length > 23 && length <= 30 && areMoreDigits(bytes, start + 23, end)) {
    const plain = plainTimestamp(bytes, start, 23);
    if (!Number.isNaN(plain)) return plain;
  }
  const days = parseDate(bytes, start, Math.min(end, start + 10));
  const separator = bytes[start + 10];
  if (Number.isNaN(days) || end <= start + 11 || (separator !== 32 && separator !== 84)) return Number.NaN;
  const zoneAt = findZone(bytes, start + 11, end);
  const ms = parseTime(bytes, start + 11, zoneAt);
  const offset = parseZone(bytes, zoneAt, end);
  return days * 86_400_000 + ms - offset;
}

/** One to six digits, then nothing or a `Z`. */
function areMoreDigits(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] === 90 ? end - 1 : end;
  if (last === start || last - start > 6) return false;
  for (let at = start; at < last; at++) if (((bytes[at] ?? 0) - 48) >>> 0 > 9) return false;
  return true;
}

const FRACTION_AT = 19;
const MS_DIGITS = 3;

/**
 * The digits of a second that follow the ms, as the number that `digits` (1 to 6) of them make, of a text that `parseTimestamp` read: 456 of
 * `2026-11-24 00:12:31.123456+02:00` with 3, 45 with 2. More are cut, as those beyond the ms are of a TIMESTAMP(3).
 */
export function ticksBehindMs(bytes: Uint8Array, start: number, end: number, digits: number): number {
  let ticks = 0;
  let isFraction = bytes[start + FRACTION_AT] === 46;
  for (let index = 0; index < MS_DIGITS + digits; index++) {
    const at = start + FRACTION_AT + 1 + index;
    const digit = (bytes[at] ?? 0) - 48;
    isFraction &&= at < end && digit >>> 0 <= 9;
    if (index >= MS_DIGITS) ticks = ticks * 10 + (isFraction ? digit : 0);
  }
  return ticks;
}

/** Ticks of the text in `bytes[start, end)`, undefined when it is no timestamp. */
export function parseTicks(bytes: Uint8Array, start: number, end: number, type: FineTimestamp): bigint | undefined {
  const epochMs = parseTimestamp(bytes, start, end);
  if (Number.isNaN(epochMs)) return undefined;
  const behind = ticksBehindMs(bytes, start, end, type.precision - MS_DIGITS);
  return BigInt(epochMs) * BigInt(ticksPerMs(type)) + BigInt(behind);
}

/** The day read last, as the number its digits make: records that follow one another are mostly of one day. */
let lastDate = -1;
let lastDays = 0;

/** What machines write, `yyyy-MM-dd HH:mm:ss` with or without three digits of milliseconds and a `T` in the middle; NaN for all else, right or wrong. */
function plainTimestamp(b: Uint8Array, s: number, length: number): number {
  if (b[s + 4] !== 45 || b[s + 7] !== 45 || b[s + 13] !== 58 || b[s + 16] !== 58) return Number.NaN;
  if (b[s + 10] !== 32 && b[s + 10] !== 84) return Number.NaN;
  // A byte that is no digit makes its part, and with it what the part goes into, greater than any time can be.
  const date = ((pair(b, s) * 100 + pair(b, s + 2)) * 100 + pair(b, s + 5)) * 100 + pair(b, s + 8);
  const hour = pair(b, s + 11);
  const minute = pair(b, s + 14);
  const second = pair(b, s + 17);
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  let ms = 0;
  if (length === 23) {
    const last = (b[s + 22] ?? 0) - 48;
    ms = pair(b, s + 20) * 10 + last;
    if (b[s + 19] !== 46 || ms > 999 || last >>> 0 > 9) return Number.NaN;
  }
  if (date !== lastDate) {
    const days = date >= NO_DIGIT ? Number.NaN : parseDate(b, s, s + 10);
    if (Number.isNaN(days)) return days;
    lastDate = date;
    lastDays = days;
  }
  return lastDays * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
}

const NO_DIGIT = 100_000_000;

/** The number of two digits. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : NO_DIGIT;
}

/** Days since 1970-01-01 of `yyyy-MM-dd`, NaN when it is no date of the calendar. */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return Number.NaN;
  const year = digits(bytes, start, 2) * 100 + digits(bytes, start + 2, 2);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  if (!(month >= 1 && month <= 12 && day >= 1) || day > daysInMonth(year, month)) return Number.NaN;
  return daysOfDate(year, month, day);
}

/** Ms of day of `HH:mm:ss[.fraction]` or `HH:mm`, NaN when it is none. */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 5 || bytes[start + 2] !== 58) return Number.NaN;
  const hour = digits(bytes, start, 2);
  const minute = digits(bytes, start + 3, 2);
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  const whole = (hour * 60 + minute) * 60_000;
  if (end - start === 5) return whole;
  const second = digits(bytes, start + 6, 2);
  if (bytes[start + 5] !== 58 || end - start < 8 || !(second <= 59)) return Number.NaN;
  return whole + second * 1_000 + (end - start === 8 ? 0 : fractionMs(bytes, start + 8, end));
}

function fractionMs(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start - 1;
  if (bytes[start] !== 46 || length < 1 || length > 9) return Number.NaN;
  let ms = 0;
  for (let index = 0; index < Math.max(3, length); index++) {
    const digit = index < length ? (bytes[start + 1 + index] ?? 0) - 48 : 0;
    if (digit < 0 || digit > 9) return Number.NaN;
    if (index < 3) ms = ms * 10 + digit;
  }
  return ms;
}

function findZone(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 90 || byte === 43 || byte === 45) return at;
  }
  return end;
}

/** Ms east of UTC of ``, `Z`, `+hh:mm`, `+hhmm` or `+hh`. */
function parseZone(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || (length === 1 && bytes[start] === 90)) return 0;
  const colon = length === 6 && bytes[start + 3] === 58;
  if (bytes[start] === 90 || (length !== 3 && length !== 5 && !colon)) return Number.NaN;
  const hours = digits(bytes, start + 1, 2);
  const minutes = length === 3 ? 0 : digits(bytes, colon ? start + 4 : start + 3, 2);
  if (!(hours <= 18 && minutes <= 59)) return Number.NaN;
  return (bytes[start] === 45 ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Writes `count` digits of `value`, zero-padded, at `at`; returns the position after them. */
function writeDigits(out: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let index = at + count - 1; index >= at; index--) {
    const tens = (rest / 10) | 0;
    out[index] = 48 + rest - tens * 10;
    rest = tens;
  }
  return at + count;
}

const DATE_BYTES = 10;
/** The date written last: records that follow one another are mostly of one day. */
const writtenDate = new Uint8Array(DATE_BYTES);
let writtenDays = Number.NaN;

/** `yyyy-MM-dd` at `at`; 10 bytes. Years outside 0 to 9999 are clamped by the caller's type, not here. */
export function writeDate(out: Uint8Array, at: number, days: number): number {
  if (days !== writtenDays) {
    const [year, month, day] = dateOfDays(days);
    writeDigits(writtenDate, 0, year, 4);
    writtenDate[4] = 45;
    writeDigits(writtenDate, 5, month, 2);
    writtenDate[7] = 45;
    writeDigits(writtenDate, 8, day, 2);
    writtenDays = days;
  }
  for (let index = 0; index < DATE_BYTES; index++) out[at + index] = writtenDate[index] ?? 0;
  return at + DATE_BYTES;
}

/** `HH:mm:ss.SSS` at `at`; 12 bytes. */
export function writeTime(out: Uint8Array, at: number, msOfDay: number): number {
  const seconds = Math.floor(msOfDay / 1_000);
  let next = writeDigits(out, at, Math.floor(seconds / 3_600), 2);
  out[next++] = 58;
  next = writeDigits(out, next, Math.floor(seconds / 60) % 60, 2);
  out[next++] = 58;
  next = writeDigits(out, next, seconds % 60, 2);
  out[next++] = 46;
  return writeDigits(out, next, msOfDay - seconds * 1_000, 3);
}

/** `yyyy-MM-dd HH:mm:ss.SSS` at `at`; 23 bytes. */
export function writeTimestamp(out: Uint8Array, at: number, epochMs: number): number {
  const ms = Math.floor(epochMs);
  const days = Math.floor(ms / 86_400_000);
  const next = writeDate(out, at, days);
  out[next] = 32;
  return writeTime(out, next + 1, ms - days * 86_400_000);
}

const TIMESTAMP_BYTES = 23;
/** Ticks in a ms, by precision: a power is computed slowly. */
const PER_MS = [0, 0, 0, 0, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/**
 * `yyyy-MM-dd HH:mm:ss[.fraction]` at `at`, at most 29 bytes: all digits of a fine timestamp but for zeros at the end, which Flink's formats do not write.
 * `ticks` are a number where that is safe.
 */
export function writeTicks(out: Uint8Array, at: number, ticks: number | bigint, type: FineTimestamp): number {
  const perMs = PER_MS[type.precision] ?? 1;
  // A quotient of safe integers, rounded to a double, never reaches the next whole number.
  const epochMs = typeof ticks === 'number' ? Math.floor(ticks / perMs) : Number(floorDivide(ticks, BigInt(perMs)));
  const behind = typeof ticks === 'number' ? ticks - epochMs * perMs : Number(ticks - BigInt(epochMs) * BigInt(perMs));
  writeTimestamp(out, at, epochMs);
  let end = writeDigits(out, at + TIMESTAMP_BYTES, behind, type.precision - MS_DIGITS);
  while (out[end - 1] === 48 && end > at + FRACTION_AT + 1) end--;
  return out[end - 1] === 46 ? end - 1 : end;
}

const scratch = new Uint8Array(32);

/** The same as text, for messages and row-wise sinks. */
export function timestampText(epochMs: number): string {
  return String.fromCharCode(...scratch.subarray(0, writeTimestamp(scratch, 0, epochMs)));
}

/** A value of TIMESTAMP or TIMESTAMP_LTZ as text: with three digits of ms, or as `writeTicks` does. */
export function timestampValueText(value: unknown, type: TimestampType): string {
  if (!isFineTimestamp(type) || typeof value !== 'bigint') return timestampText(Number(value));
  return String.fromCharCode(...scratch.subarray(0, writeTicks(scratch, 0, value, type)));
}

export function dateText(days: number): string {
  return String.fromCharCode(...scratch.subarray(0, writeDate(scratch, 0, days)));
}

export function timeText(msOfDay: number): string {
  return String.fromCharCode(...scratch.subarray(0, writeTime(scratch, 0, msOfDay)));
}
