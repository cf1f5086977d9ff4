import { crc32 } from 'node:zlib';
import { StreamError } from '@millrace/model';

/**
 * A segment file, all integers little-endian:
 *
 *   header   'MLRC' · format u16 · codec u8 (0 = none) · 0 u8
 *   frame    length u32 · crc32 u32 · payload
 *   ...
 *   footer   0xFFFFFFFF u32 · frame count u32 · bytes before the footer f64 · crc32 of the 16 footer bytes u32
 *
 *   payload  size of JSON u32 · JSON { meta, sizes } · the blocks, with the sizes named
 *
 * The whole file is covered by the SHA-256 in its `StateHandle`; the checksums here say which frame is
 * damaged and guard readers that have no handle.
 */
export interface Frame {
  readonly meta: unknown;
  readonly blocks: readonly Uint8Array[];
}

/** Format 2 has pages of tables among its frames; 1 has not. The file around them is the same. */
export const SEGMENT_FORMAT = 2;
const FORMATS_READ = [1, 2];
const HEADER_BYTES = 8;
const FOOTER_BYTES = 20;
const FOOTER_MARK = 0xffffffff;

/** The parts of the file in order; blocks are handed on without a copy. Checksums are made as parts are asked for. */
export function* segmentParts(frames: readonly Frame[]): Iterable<Uint8Array> {
  const head = header();
  yield head;
  let total = head.length;
  for (const frame of frames) {
    for (const part of encodeFrame(frame)) {
      total += part.length;
      yield part;
    }
  }
  yield footer(frames.length, total);
}

/** `name` is said in the error when anything is wrong. Blocks are views into `bytes`. */
export function decodeSegment(bytes: Uint8Array, name: string): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - FOOTER_BYTES;
  if (end < HEADER_BYTES || view.getUint32(0, false) !== 0x4d4c5243) throw corrupt(name, 'it is not a state segment');
  const format = view.getUint16(4, true);
  if (!FORMATS_READ.includes(format)) {
    throw new StreamError(
      'state.incompatible',
      `state file ${name} has format ${format}; this version reads formats ${FORMATS_READ.join(' and ')}`,
      {
        domain: 'user',
        retry: 'never',
      },
    );
  }
  checkFooter(bytes, view, end, name);
  const frames: Frame[] = [];
  for (let at = HEADER_BYTES; at < end; ) {
    const length = view.getUint32(at, true);
    const payload = bytes.subarray(at + 8, at + 8 + length);
    if (at + 8 + length > end || crc32(payload) !== view.getUint32(at + 4, true)) {
      throw corrupt(name, `frame ${frames.length} at byte ${at} does not match its checksum`);
    }
    frames.push(decodePayload(payload));
    at += 8 + length;
  }
  if (frames.length !== view.getUint32(end + 4, true)) throw corrupt(name, 'frames are missing');
  return frames;
}

export function corrupt(name: string, reason: string): StreamError {
  return new StreamError(
    'state.corrupt',
    `state file ${name} cannot be used: ${reason}. Start the job from an older checkpoint or a savepoint.`,
    { domain: 'external', retry: 'never' },
  );
}

function header(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4d4c5243, false);
  view.setUint16(4, SEGMENT_FORMAT, true);
  return bytes;
}

function encodeFrame(frame: Frame): Uint8Array[] {
  const sizes = frame.blocks.map((block) => block.length);
  const json = new TextEncoder().encode(JSON.stringify({ meta: frame.meta, sizes }));
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setUint32(8, json.length, true);
  let crc = crc32(json, crc32(head.subarray(8)));
  let length = 4 + json.length;
  for (const block of frame.blocks) {
    // zlib takes an empty buffer for "start over".
    if (block.length > 0) crc = crc32(block, crc);
    length += block.length;
  }
  view.setUint32(0, length, true);
  view.setUint32(4, crc, true);
  return [head, json, ...frame.blocks];
}

function footer(frames: number, total: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FOOTER_MARK, true);
  view.setUint32(4, frames, true);
  view.setFloat64(8, total, true);
  view.setUint32(16, crc32(bytes.subarray(0, 16)), true);
  return bytes;
}

function checkFooter(bytes: Uint8Array, view: DataView, end: number, name: string): void {
  if (
    view.getUint32(end, true) !== FOOTER_MARK ||
    crc32(bytes.subarray(end, end + 16)) !== view.getUint32(end + 16, true)
  ) {
    throw corrupt(name, 'its end is missing or damaged');
  }
  if (view.getFloat64(end + 8, true) !== end)
    throw corrupt(name, `it should have ${view.getFloat64(end + 8, true)} bytes before its footer and has ${end}`);
}

function decodePayload(payload: Uint8Array): Frame {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const jsonEnd = 4 + view.getUint32(0, true);
  const { meta, sizes } = JSON.parse(new TextDecoder().decode(payload.subarray(4, jsonEnd))) as {
    meta: unknown;
    sizes: number[];
  };
  let at = jsonEnd;
  const blocks = sizes.map((size) => {
    at += size;
    return payload.subarray(at - size, at);
  });
  return { meta, blocks };
}
