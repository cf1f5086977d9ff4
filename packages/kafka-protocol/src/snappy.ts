import { Inflated } from './inflated.ts';

/**
 * Snappy (google/snappy, format_description.txt) as Kafka clients write it: a raw block, or, from Java, blocks
 * in the framing of xerial's SnappyOutputStream:
 *
 *     raw       varint length · element*
 *     element   tag (low 2 bits: 0 literal, 1 copy with 11-bit offset, 2 with 16-bit, 3 with 32-bit) · ...
 *     framing   82 53 4e 41 50 50 59 00 · int32 version · int32 compatible · (int32 length · raw)*
 */
const MAGIC = Buffer.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00);
const FRAMING_HEADER_BYTES = 16;
/** A copy of 64 bytes takes 3: nothing inflates to more than this many times its size. */
const RATIO_MAX = 22;

/** Throws ProtocolError when the bytes are malformed or inflate to more than `bytesMax`. */
export function inflateSnappy(input: Buffer, bytesMax: number): Buffer {
  const output = new Inflated('snappy', bytesMax, input.length * 4);
  if (!input.subarray(0, MAGIC.length).equals(MAGIC)) {
    inflateBlock(input, output);
    return output.finish();
  }
  let at = FRAMING_HEADER_BYTES;
  if (at > input.length) throw output.malformed('ends in its header');
  while (at < input.length) {
    if (at + 4 > input.length) throw output.malformed('ends in the length of a block');
    const end = at + 4 + input.readUInt32BE(at);
    if (end > input.length) throw output.malformed('ends in a block');
    inflateBlock(input.subarray(at + 4, end), output);
    at = end;
  }
  return output.finish();
}

function inflateBlock(input: Buffer, output: Inflated): void {
  let at = 0;
  let announced = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) throw output.malformed('has no length');
    announced += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (announced > input.length * RATIO_MAX) throw output.malformed('announces more than it can hold');
  const end = output.length + announced;
  output.reserve(announced);
  while (at < input.length) {
    const tag = input[at++] ?? 0;
    if ((tag & 3) === 0) at = literal(input, at, tag >>> 2, output);
    else at = copy(input, at, tag, output);
    if (output.length > end) throw output.malformed('is longer than it announced');
  }
  if (output.length !== end) throw output.malformed('is shorter than it announced');
}

/** Lengths up to 60 stand in the tag, longer ones in 1 to 4 bytes behind it. */
function literal(input: Buffer, start: number, size: number, output: Inflated): number {
  const extra = size < 60 ? 0 : size - 59;
  const from = start + extra;
  if (from > input.length) throw output.malformed('ends in the length of a literal');
  const length = (extra === 0 ? size : input.readUIntLE(start, extra)) + 1;
  if (from + length > input.length) throw output.malformed('ends in a literal');
  output.append(input, from, from + length);
  return from + length;
}

function copy(input: Buffer, start: number, tag: number, output: Inflated): number {
  const kind = tag & 3;
  const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
  if (start + offsetBytes > input.length) throw output.malformed('ends in a copy');
  const low = input.readUIntLE(start, offsetBytes);
  const distance = kind === 1 ? ((tag >>> 5) << 8) | low : low;
  output.repeat(distance, kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1);
  return start + offsetBytes;
}
