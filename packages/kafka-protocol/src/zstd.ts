import { Decompress } from 'fzstd';
import { Inflated } from './inflated.ts';
import { ProtocolError } from './reader.ts';

/**
 * Zstandard frames (RFC 8878), one or several. fzstd does the decoding; what it would trust is looked at
 * before: a frame says how large a window and a content it needs, and both would be allocated.
 *
 *     frame      28 b5 2f fd · descriptor · [window] · [dictionary 1, 2, 4] · [content size 1, 2, 4, 8] · block* · [checksum 4]
 *     block      3 bytes: bit 0 last, 1-2 type (0 raw, 1 repeated byte, 2 compressed), 3-23 size · data
 *     skippable  5x 2a 4d 18 · uint32 size · data
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const REPEATED = 1;
const RESERVED = 3;
/** What level 22 uses, and the reference tool accepts unasked. */
const WINDOW_BYTES_MAX = 128 * 1024 * 1024;

/** Throws ProtocolError when the bytes are malformed, need a dictionary, or inflate to more than `bytesMax`. */
export function inflateZstd(input: Buffer, bytesMax: number): Buffer {
  const output = new Inflated('zstd', bytesMax, input.length * 4);
  for (let at = 0; at < input.length; ) at = checkFrame(input, at, bytesMax, output);
  try {
    new Decompress((chunk) => output.append(chunk, 0, chunk.length)).push(input, true);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw output.malformed(`is damaged (${error instanceof Error ? error.message : String(error)})`);
  }
  return output.finish();
}

/** The position behind the frame at `start`. */
function checkFrame(input: Buffer, start: number, bytesMax: number, output: Inflated): number {
  const word = unsigned(input, start, 4, output);
  if ((word & 0xfffffff0) >>> 0 === SKIPPABLE) return start + 8 + unsigned(input, start + 4, 4, output);
  if (word !== MAGIC) throw output.malformed('does not begin with a frame');
  const descriptor = unsigned(input, start + 4, 1, output);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeCode = descriptor >>> 6;
  const sizeBytes = sizeCode === 0 ? Number(isSingleSegment) : 2 ** sizeCode;
  let at = start + 5;
  if (!isSingleSegment) {
    const window = unsigned(input, at++, 1, output);
    const base = 2 ** (10 + (window >>> 3));
    if (base + (base / 8) * (window & 7) > WINDOW_BYTES_MAX)
      throw output.malformed('needs a larger window than is allowed');
  }
  if (unsigned(input, at, dictionaryBytes, output) !== 0) throw output.malformed('needs a dictionary');
  at += dictionaryBytes;
  const contentBytes = unsigned(input, at, sizeBytes, output) + (sizeCode === 1 ? 256 : 0);
  if (contentBytes > bytesMax) throw output.malformed('announces more than is allowed');
  return blocksEnd(input, at + sizeBytes, output) + ((descriptor & 4) === 0 ? 0 : 4);
}

function blocksEnd(input: Buffer, start: number, output: Inflated): number {
  for (let at = start; ; ) {
    const header = unsigned(input, at, 3, output);
    const type = (header >>> 1) & 3;
    if (type === RESERVED) throw output.malformed('has a block of no known type');
    at += 3 + (type === REPEATED ? 1 : header >>> 3);
    if (at > input.length) throw output.malformed('ends in a block');
    if ((header & 1) !== 0) return at;
  }
}

/** A little-endian number; of eight bytes it may lose the last bits, which only makes it too large to be allowed. */
function unsigned(input: Buffer, at: number, bytes: number, output: Inflated): number {
  if (at + bytes > input.length) throw output.malformed('ends early');
  if (bytes === 0) return 0;
  return bytes <= 4 ? input.readUIntLE(at, bytes) : input.readUInt32LE(at) + input.readUInt32LE(at + 4) * 2 ** 32;
}
