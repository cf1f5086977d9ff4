import { Inflated } from './inflated.ts';

/**
 * LZ4 frames (lz4/lz4, lz4_Frame_format.md and lz4_Block_format.md), one or several:
 *
 *     frame   04 22 4d 18 · flags · block size · [content size 8] · [dictionary 4] · header checksum
 *             · (uint32 size, high bit: stored as it is · data · [checksum 4])* · 0 · [content checksum 4]
 *     block   (token · [literal length 255*] · literals · offset uint16 · [match length 255*])*
 *
 * Checksums are passed over: the CRC-32C of the record batch covers these bytes already.
 */
const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const STORED = 0x8000_0000;
const MATCH_BYTES_MIN = 4;

/** Throws ProtocolError when the bytes are malformed or inflate to more than `bytesMax`. */
export function inflateLz4(input: Buffer, bytesMax: number): Buffer {
  const output = new Inflated('lz4', bytesMax, input.length * 4);
  for (let at = 0; at < input.length; ) {
    const magic = uint32(input, at, output);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) at += 8 + uint32(input, at + 4, output);
    else if (magic === MAGIC) at = inflateFrame(input, at + 4, output);
    else throw output.malformed('does not begin with a frame');
  }
  return output.finish();
}

function inflateFrame(input: Buffer, start: number, output: Inflated): number {
  const flags = input[start] ?? 0;
  if ((flags & VERSION_MASK) !== VERSION) throw output.malformed('is of another version');
  if ((flags & DICTIONARY) !== 0) throw output.malformed('needs a dictionary');
  const header = 2 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8) + 1;
  let at = start + header;
  for (;;) {
    const word = uint32(input, at, output);
    at += 4;
    if (word === 0) break;
    const end = at + (word & ~STORED);
    if (end > input.length) throw output.malformed('ends in a block');
    if (word >= STORED) output.append(input, at, end);
    else inflateBlock(input, at, end, output);
    at = end + ((flags & BLOCK_CHECKSUM) === 0 ? 0 : 4);
  }
  return at + ((flags & CONTENT_CHECKSUM) === 0 ? 0 : 4);
}

function inflateBlock(input: Buffer, start: number, end: number, output: Inflated): void {
  let at = start;
  while (at < end) {
    const token = input[at++] ?? 0;
    let literals = token >>> 4;
    if (literals === 15) {
      literals += longLength(input, at, end, output);
      at = next;
    }
    if (at + literals > end) throw output.malformed('ends in literals');
    output.append(input, at, at + literals);
    at += literals;
    if (at === end) return;
    if (at + 2 > end) throw output.malformed('ends in an offset');
    const distance = input.readUInt16LE(at);
    at += 2;
    let match = token & 15;
    if (match === 15) {
      match += longLength(input, at, end, output);
      at = next;
    }
    output.repeat(distance, match + MATCH_BYTES_MIN);
  }
}

/** Where the last long length ended. */
let next = 0;

/** Bytes of 255 and one that is less, summed up. */
function longLength(input: Buffer, start: number, end: number, output: Inflated): number {
  let sum = 0;
  for (let at = start; at < end; at++) {
    const byte = input[at] ?? 0;
    sum += byte;
    if (byte < 255) {
      next = at + 1;
      return sum;
    }
  }
  throw output.malformed('ends in a length');
}

function uint32(input: Buffer, at: number, output: Inflated): number {
  if (at + 4 > input.length) throw output.malformed('ends early');
  return input.readUInt32LE(at);
}
