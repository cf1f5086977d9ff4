import { createRequire } from 'node:module';

/** CRC-32C (Castagnoli) over `bytes[start, end)`, as an unsigned number. */
export type Crc32c = (bytes: Uint8Array, start: number, end: number) => number;

const CASTAGNOLI_REVERSED = 0x82f63b78;
const SLICES = 8;

/** Portable CRC-32C, eight bytes per step through eight tables. Used when the native binding does not load. */
export const crc32cTable: Crc32c = (bytes, start, end) => {
  const t = TABLES;
  let crc = 0xffffffff;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const low = crc ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24));
    crc =
      at(t, 1792 + (low & 0xff)) ^
      at(t, 1536 + ((low >>> 8) & 0xff)) ^
      at(t, 1280 + ((low >>> 16) & 0xff)) ^
      at(t, 1024 + (low >>> 24)) ^
      at(t, 768 + at(bytes, i + 4)) ^
      at(t, 512 + at(bytes, i + 5)) ^
      at(t, 256 + at(bytes, i + 6)) ^
      at(t, at(bytes, i + 7));
  }
  for (; i < end; i++) crc = at(t, (crc ^ at(bytes, i)) & 0xff) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

/** The native implementation, or undefined where no prebuilt binding exists for this machine. */
export const crc32cNative: Crc32c | undefined = loadNative();

/** The fastest implementation available here. */
export const crc32c: Crc32c = crc32cNative ?? crc32cTable;

function at(table: Uint8Array | Int32Array, index: number): number {
  return table[index] as number;
}

/** Table k at [k * 256, (k + 1) * 256) advances a byte by k further zero bytes. */
const TABLES: Int32Array = (() => {
  const tables = new Int32Array(SLICES * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI_REVERSED : crc >>> 1;
    tables[n] = crc;
  }
  for (let k = 1; k < SLICES; k++) {
    for (let n = 0; n < 256; n++) {
      const previous = at(tables, (k - 1) * 256 + n);
      tables[k * 256 + n] = at(tables, previous & 0xff) ^ (previous >>> 8);
    }
  }
  return tables;
})();

function loadNative(): Crc32c | undefined {
  try {
    const require = createRequire(import.meta.url);
    const binding = require('@node-rs/crc32') as {
      crc32c(bytes: Uint8Array): number;
    };
    return (bytes, start, end) => binding.crc32c(bytes.subarray(start, end));
  } catch {
    // No binding for this platform: the tables give the same answer, at about a tenth of the speed.
    return undefined;
  }
}
