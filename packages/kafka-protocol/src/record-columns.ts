import { decompressRecords } from './compression.ts';
import { ProtocolError } from './reader.ts';
import type { RecordBatchView } from './record-batch.ts';

/** Start value of a key or value that is null. */
export const NULL_SLICE = -1;

const INITIAL_RECORDS = 1024;

/**
 * The records of one batch as columns of positions into `bytes`: nothing is copied and no object exists per record.
 * Made once and filled again for every batch ({@link readRecords}); only the first `count` entries are meaningful.
 *
 *     Record  varint length · int8 attributes · varlong timestampDelta · varint offsetDelta
 *             · varint keyLength · key · varint valueLength · value · varint headersCount · Header*
 *     Header  varint keyLength · key · varint valueLength · value            (a length of -1 is null)
 */
export class RecordColumns {
  /** What the positions point into: the fetched buffer, or the inflated records when the batch was compressed. */
  bytes: Buffer = Buffer.alloc(0);
  count = 0;
  keyStart = new Int32Array(INITIAL_RECORDS);
  keyEnd = new Int32Array(INITIAL_RECORDS);
  valueStart = new Int32Array(INITIAL_RECORDS);
  valueEnd = new Int32Array(INITIAL_RECORDS);
  offsetDelta = new Int32Array(INITIAL_RECORDS);
  timestampDelta = new Float64Array(INITIAL_RECORDS);
  headersStart = new Int32Array(INITIAL_RECORDS);
  headersCount = new Int32Array(INITIAL_RECORDS);

  /** Makes room for `records` entries. Contents are lost. */
  reserve(records: number): void {
    if (records <= this.keyStart.length) return;
    const size = Math.max(records, this.keyStart.length * 2);
    this.keyStart = new Int32Array(size);
    this.keyEnd = new Int32Array(size);
    this.valueStart = new Int32Array(size);
    this.valueEnd = new Int32Array(size);
    this.offsetDelta = new Int32Array(size);
    this.timestampDelta = new Float64Array(size);
    this.headersStart = new Int32Array(size);
    this.headersCount = new Int32Array(size);
  }
}

/** Fills `into` with the records of one batch and returns it. Throws ProtocolError when the records are malformed. */
export function readRecords(batch: RecordBatchView, into: RecordColumns): RecordColumns {
  const compressed = batch.codecId !== 0;
  const bytes = compressed
    ? decompressRecords(batch.codecId, batch.buffer.subarray(batch.recordsStart, batch.end))
    : batch.buffer;
  const end = compressed ? bytes.length : batch.end;
  const count = batch.recordsCount;
  let at = compressed ? 0 : batch.recordsStart;
  // The smallest record is 7 bytes, so a count beyond this is a lie and must not size an allocation.
  if (count < 0 || count > (end - at) / 7) throw new ProtocolError(`${count} records in ${end - at} bytes`);

  into.reserve(count);
  into.bytes = bytes;
  into.count = count;
  const { keyStart, keyEnd, valueStart, valueEnd, offsetDelta, timestampDelta, headersStart, headersCount } = into;
  // Lengths and deltas are mostly of one or two bytes: those are read here, the rest by the functions below.
  let raw = 0;
  let second = 0;
  for (let i = 0; i < count; i++) {
    raw = bytes[at] as number;
    second = bytes[at + 1] as number;
    let length: number;
    if (raw < 0x80) {
      length = signed(raw);
      at++;
    } else if (second < 0x80) {
      length = signed((raw & 0x7f) | (second << 7));
      at += 2;
    } else {
      length = varintAt(bytes, at);
      at = next;
    }
    const recordEnd = at + length;
    if (length < 0 || recordEnd > end) throw malformed(i);

    // Behind the attributes.
    at++;
    raw = bytes[at] as number;
    second = bytes[at + 1] as number;
    if (raw < 0x80) {
      timestampDelta[i] = signed(raw);
      at++;
    } else if (second < 0x80) {
      timestampDelta[i] = signed((raw & 0x7f) | (second << 7));
      at += 2;
    } else {
      timestampDelta[i] = varlongAt(bytes, at);
      at = next;
    }

    raw = bytes[at] as number;
    second = bytes[at + 1] as number;
    if (raw < 0x80) {
      offsetDelta[i] = signed(raw);
      at++;
    } else if (second < 0x80) {
      offsetDelta[i] = signed((raw & 0x7f) | (second << 7));
      at += 2;
    } else {
      offsetDelta[i] = varintAt(bytes, at);
      at = next;
    }

    raw = bytes[at] as number;
    let keyLength: number;
    if (raw < 0x80) {
      keyLength = signed(raw);
      at++;
    } else {
      keyLength = varintAt(bytes, at);
      at = next;
    }
    keyStart[i] = keyLength < 0 ? NULL_SLICE : at;
    if (keyLength > 0) at += keyLength;
    keyEnd[i] = at;

    raw = bytes[at] as number;
    second = bytes[at + 1] as number;
    let valueLength: number;
    if (raw < 0x80) {
      valueLength = signed(raw);
      at++;
    } else if (second < 0x80) {
      valueLength = signed((raw & 0x7f) | (second << 7));
      at += 2;
    } else {
      valueLength = varintAt(bytes, at);
      at = next;
    }
    valueStart[i] = valueLength < 0 ? NULL_SLICE : at;
    if (valueLength > 0) at += valueLength;
    valueEnd[i] = at;
    if (at > recordEnd) throw malformed(i);

    raw = bytes[at] as number;
    if (raw < 0x80) {
      headersCount[i] = signed(raw);
      at++;
    } else {
      headersCount[i] = varintAt(bytes, at);
      at = next;
    }
    headersStart[i] = at;
    if (at > recordEnd) throw malformed(i);
    at = recordEnd;
  }
  return into;
}

/** Visits the headers of one record; `valueStart` is NULL_SLICE for a null value. */
export function forEachHeader(
  columns: RecordColumns,
  record: number,
  visit: (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void,
): void {
  const { bytes } = columns;
  const count = columns.headersCount[record] ?? 0;
  let at = columns.headersStart[record] ?? 0;
  for (let i = 0; i < count; i++) {
    const keyLength = varintAt(bytes, at);
    const keyStart = next;
    const keyEnd = keyStart + keyLength;
    const valueLength = varintAt(bytes, keyEnd);
    const valueStart = valueLength < 0 ? NULL_SLICE : next;
    const valueEnd = valueLength < 0 ? next : next + valueLength;
    if (keyLength < 0 || valueEnd > bytes.length) throw malformed(record);
    visit(keyStart, keyEnd, valueStart, valueEnd);
    at = valueEnd;
  }
}

/** What a zigzag varint of up to 32 bits stands for. */
function signed(raw: number): number {
  return (raw >>> 1) ^ -(raw & 1);
}

/** Where the last varint ended: returning a pair would allocate once per field. */
let next = 0;

function varintAt(bytes: Buffer, start: number): number {
  let at = start;
  let byte = bytes[at++] as number;
  let raw = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    if (shift > 28) throw new ProtocolError(`varint at byte ${start} is longer than 32 bits`);
    byte = bytes[at++] as number;
    raw |= (byte & 0x7f) << shift;
  }
  next = at;
  return (raw >>> 1) ^ -(raw & 1);
}

function varlongAt(bytes: Buffer, start: number): number {
  let at = start;
  let byte = bytes[at++] as number;
  let raw = byte & 0x7f;
  let scale = 128;
  while (byte >= 0x80) {
    if (at - start > 7) return longVarlongAt(bytes, start);
    byte = bytes[at++] as number;
    raw += (byte & 0x7f) * scale;
    scale *= 128;
  }
  next = at;
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}

/** Deltas beyond 48 bits do not occur with sane clocks, but are legal. */
function longVarlongAt(bytes: Buffer, start: number): number {
  let raw = 0n;
  let at = start;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at++] ?? 0;
    raw |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      next = at;
      return Number(BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n)));
    }
  }
  throw new ProtocolError(`varlong at byte ${start} is longer than 64 bits`);
}

function malformed(record: number): ProtocolError {
  return new ProtocolError(`record ${record} of the batch does not fit its own length`);
}
