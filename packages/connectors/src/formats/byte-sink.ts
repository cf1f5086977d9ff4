import { formatDecimal } from '@millrace/batch';
import type { FineTimestamp } from '@millrace/model';
import { writeDate, writeTicks, writeTime, writeTimestamp } from './time-text.ts';

const encoder = new TextEncoder();
const HEX = encoder.encode('0123456789abcdef');
const SHORT_ESCAPES = new Map<number, number>([
  [8, 98],
  [9, 116],
  [10, 110],
  [12, 102],
  [13, 114],
  [34, 34],
  [92, 92],
]);
const SCALARS_BYTES_MAX = 512;

/** A growing byte buffer with the writers generated encoders call. Callers reserve before they write. */
export class ByteSink {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  at = 0;

  /** Room for `length` more bytes. */
  reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + length));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    this.at += encoder.encodeInto(value, this.bytes.subarray(this.at)).written;
  }

  /** A safe integer in decimal digits. */
  integer(value: number): void {
    this.reserve(SCALARS_BYTES_MAX);
    let at = this.at;
    let magnitude = value;
    if (magnitude < 0) {
      this.bytes[at++] = 45;
      magnitude = -magnitude;
    }
    const end = at + digitsOf(magnitude);
    writeDigitsBefore(this.bytes, end, magnitude, end - at);
    this.at = end;
  }

  /** Unscaled digits with the point put in. */
  decimal(unscaled: number, scale: number): void {
    if (scale === 0) {
      this.integer(unscaled);
      return;
    }
    const magnitude = Math.abs(unscaled);
    const power = 10 ** scale;
    const whole = Math.floor(magnitude / power);
    this.reserve(SCALARS_BYTES_MAX);
    if (unscaled < 0) this.bytes[this.at++] = 45;
    this.integer(whole);
    const end = this.at + 1 + scale;
    this.bytes[this.at] = 46;
    writeDigitsBefore(this.bytes, end, magnitude - whole * power, scale);
    this.at = end;
  }

  wideDecimal(unscaled: bigint, scale: number): void {
    this.text(formatDecimal(unscaled, scale));
  }

  /** JSON has no NaN and no infinity; they become strings, as Jackson writes them. */
  double(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.integer(value);
    else this.text(Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : String(value)) : `"${value}"`);
  }

  /** A float that was stored with 24 bits of precision, in the fewest digits that give it back. */
  float(value: number): void {
    if (value === 0) {
      this.double(value);
      return;
    }
    let digits = 1;
    while (digits < 9 && Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
    this.double(Number.isFinite(value) ? Number(value.toPrecision(digits)) : value);
  }

  timestamp(epochMs: number, zoned: boolean): void {
    this.reserve(SCALARS_BYTES_MAX);
    this.bytes[this.at++] = 34;
    this.at = writeTimestamp(this.bytes, this.at, epochMs);
    if (zoned) this.bytes[this.at++] = 90;
    this.bytes[this.at++] = 34;
  }

  /** A fine timestamp, its ticks as a number or wide. */
  ticks(ticks: number | bigint, type: FineTimestamp): void {
    this.reserve(SCALARS_BYTES_MAX);
    this.bytes[this.at++] = 34;
    this.at = writeTicks(this.bytes, this.at, ticks, type);
    if (type.kind === 'timestamp_ltz') this.bytes[this.at++] = 90;
    this.bytes[this.at++] = 34;
  }

  date(days: number): void {
    this.reserve(SCALARS_BYTES_MAX);
    this.bytes[this.at++] = 34;
    this.at = writeDate(this.bytes, this.at, days);
    this.bytes[this.at++] = 34;
  }

  time(msOfDay: number): void {
    this.reserve(SCALARS_BYTES_MAX);
    this.bytes[this.at++] = 34;
    this.at = writeTime(this.bytes, this.at, msOfDay);
    this.bytes[this.at++] = 34;
  }

  /** A UTF-8 slice as a JSON string; copied as it is when nothing needs an escape. */
  string(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 6 + 2);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = 34;
    for (let from = start; from < end; from++) {
      const byte = source[from] ?? 0;
      if (byte > 34 ? byte !== 92 : byte === 32 || byte === 33) bytes[at++] = byte;
      else at = writeEscape(bytes, at, byte);
    }
    bytes[at++] = 34;
    this.at = at;
  }

  base64(source: Uint8Array, start: number, end: number): void {
    this.text(`"${Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('base64')}"`);
  }
}

function writeEscape(bytes: Uint8Array, start: number, byte: number): number {
  let at = start;
  bytes[at++] = 92;
  const short = SHORT_ESCAPES.get(byte);
  if (short !== undefined) {
    bytes[at++] = short;
    return at;
  }
  bytes[at++] = 117;
  bytes[at++] = 48;
  bytes[at++] = 48;
  bytes[at++] = HEX[byte >> 4] ?? 48;
  bytes[at++] = HEX[byte & 15] ?? 48;
  return at;
}

/** The last `count` digits of a safe integer, so that they end at `end`; from the right, two at a time. */
function writeDigitsBefore(bytes: Uint8Array, end: number, value: number, count: number): void {
  const start = end - count;
  let at = end;
  let rest = value;
  while (rest > 0x7fffffff && at - start > 1) {
    const hundreds = Math.floor(rest / 100);
    const pair = (rest - hundreds * 100) * 2;
    bytes[--at] = PAIRS[pair + 1] ?? 0;
    bytes[--at] = PAIRS[pair] ?? 0;
    rest = hundreds;
  }
  let small = rest | 0;
  while (at - start > 1) {
    const hundreds = (small / 100) | 0;
    const pair = (small - hundreds * 100) * 2;
    bytes[--at] = PAIRS[pair + 1] ?? 0;
    bytes[--at] = PAIRS[pair] ?? 0;
    small = hundreds;
  }
  if (at > start) bytes[--at] = 48 + (small % 10);
}

/** `00` to `99`. */
const PAIRS = encoder.encode(Array.from({ length: 100 }, (_, pair) => String(pair).padStart(2, '0')).join(''));

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}
