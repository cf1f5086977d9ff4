/**
 * Numbers of one kind of column as one block: what each is above the least of them, in as few bytes as the greatest needs, or as doubles where
 * that would lose anything (fractions, NaN, infinities, -0). Counts, ids, times of one day and keys that grow take a quarter to an eighth of
 * what they take in memory; a column of one value takes none.
 *
 *   block   differences (u8, u16 or u32 each; none when all are 0) · least f64 · bytes per difference u8
 *         | doubles f64 · 8 u8
 */
const TAIL_BYTES = 9;

/** Encodes what was gathered; at most `NUMBERS_MAX` at a time. Shared: the content is gone with the next gathering. */
export const NUMBERS_MAX = 1 << 16;
const gathered = new Float64Array(NUMBERS_MAX);

/** The numbers at `rows`. One loop per kind of array, because one loop over several kinds is four times slower. */
export function encodeNumbersAt(values: Float64Array | Int32Array | Uint8Array, rows: Int32Array): Uint8Array {
  if (values instanceof Float64Array) gatherDoubles(values, rows);
  else if (values instanceof Int32Array) gatherIntegers(values, rows);
  else gatherBytes(values, rows);
  return encodeGathered(rows.length);
}

/** All of the numbers, as they lie. */
export function encodeNumbers(values: Float64Array | Int32Array | Uint8Array): Uint8Array {
  gathered.set(values);
  return encodeGathered(values.length);
}

export function decodeNumbers(block: Uint8Array, count: number): Float64Array {
  const numbers = new Float64Array(count);
  const width = block[block.length - 1] ?? 0;
  if (width === 8) {
    new Uint8Array(numbers.buffer).set(block.subarray(0, count * 8));
    return numbers;
  }
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const least = view.getFloat64(block.length - TAIL_BYTES, true);
  if (width === 0) return numbers.fill(least);
  // Copied, because blocks lie at any byte offset.
  const payload = new Uint8Array(block.subarray(0, count * width)).buffer;
  const differences =
    width === 1 ? new Uint8Array(payload) : width === 2 ? new Uint16Array(payload) : new Uint32Array(payload);
  for (let at = 0; at < count; at++) numbers[at] = least + (differences[at] ?? 0);
  return numbers;
}

function gatherDoubles(values: Float64Array, rows: Int32Array): void {
  for (let at = 0; at < rows.length; at++) gathered[at] = values[rows[at] ?? 0] ?? 0;
}

function gatherIntegers(values: Int32Array, rows: Int32Array): void {
  for (let at = 0; at < rows.length; at++) gathered[at] = values[rows[at] ?? 0] ?? 0;
}

function gatherBytes(values: Uint8Array, rows: Int32Array): void {
  for (let at = 0; at < rows.length; at++) gathered[at] = values[rows[at] ?? 0] ?? 0;
}

function encodeGathered(count: number): Uint8Array {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const value = gathered[at] ?? 0;
    // NaN is not equal to itself; -0 is told by its reciprocal.
    if (Math.floor(value) !== value || (value === 0 && 1 / value < 0)) return doubles(count);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (count === 0) return tail(new Uint8Array(TAIL_BYTES), 0, 0);
  const range = greatest - least;
  if (range === 0) return tail(new Uint8Array(TAIL_BYTES), least, 0);
  if (range <= 0xff) return differences(new Uint8Array(count + TAIL_BYTES), count, least, 1);
  if (range <= 0xffff) return differences(new Uint8Array(count * 2 + TAIL_BYTES), count, least, 2);
  if (range <= 0xffffffff) return differences(new Uint8Array(count * 4 + TAIL_BYTES), count, least, 4);
  return doubles(count);
}

function differences(block: Uint8Array, count: number, least: number, width: 1 | 2 | 4): Uint8Array {
  if (width === 1) for (let at = 0; at < count; at++) block[at] = (gathered[at] ?? 0) - least;
  else if (width === 2) {
    const places = new Uint16Array(block.buffer, 0, count);
    for (let at = 0; at < count; at++) places[at] = (gathered[at] ?? 0) - least;
  } else {
    const places = new Uint32Array(block.buffer, 0, count);
    for (let at = 0; at < count; at++) places[at] = (gathered[at] ?? 0) - least;
  }
  return tail(block, least, width);
}

function tail(block: Uint8Array, least: number, width: number): Uint8Array {
  new DataView(block.buffer).setFloat64(block.length - TAIL_BYTES, least, true);
  block[block.length - 1] = width;
  return block;
}

function doubles(count: number): Uint8Array {
  const block = new Uint8Array(count * 8 + 1);
  block.set(new Uint8Array(gathered.buffer, 0, count * 8));
  block[count * 8] = 8;
  return block;
}
