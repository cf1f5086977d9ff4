import { endianness } from 'node:os';

/** What is marked at once: the piece of a region that is copied into the memory of the scanner. */
const PIECE_BYTES = 64 * 1024;
/** A region larger than this is not marked: its records are decoded byte by byte. */
const REGION_BYTES_MAX = 16 * 1024 * 1024;
const BLOCK_BYTES = 16;

/**
 * Where the strings of a region of JSON end: one bit per byte, set where a string cannot simply go on (a quote, a backslash, a control character), and
 * another that is set where a byte is not ASCII. Found sixteen bytes at a time by vector instructions of WebAssembly (decisions/0010). A walk that is at
 * byte `p` of the region looks at bit `p - start`; behind the last byte all bits of `ends` are set, so that looking for the next one always ends.
 */
export class StringMarks {
  /** What was marked last: `bytes[start, end)`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  ends: Int32Array = new Int32Array(0);
  wides: Int32Array = new Int32Array(0);
  readonly #scanner: Scanner;

  private constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Undefined where this machine cannot: no vector instructions, or bytes the other way round. */
  static create(): StringMarks | undefined {
    const scanner = openScanner();
    return scanner && new StringMarks(scanner);
  }

  /** Whether `bytes[start, end)` lies in the region. */
  covers(bytes: Uint8Array, start: number, end: number): boolean {
    return bytes === this.bytes && start >= this.start && end <= this.end;
  }

  /** Marks `bytes[start, end)`. A region that is too large is not, and covers nothing. */
  mark(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.end = 0;
    if (length > REGION_BYTES_MAX) return;
    const words = (length >> 5) + 2;
    if (words > this.ends.length) {
      this.ends = new Int32Array(words * 2);
      this.wides = new Int32Array(words * 2);
    }
    const { piece, endsOf, widesOf, scan } = this.#scanner;
    for (let from = 0; from < length; from += PIECE_BYTES) {
      const to = Math.min(length, from + PIECE_BYTES);
      piece.set(bytes.subarray(start + from, start + to));
      scan(Math.ceil((to - from) / BLOCK_BYTES) * BLOCK_BYTES);
      const found = ((to - from + 31) >> 5) | 0;
      this.ends.set(endsOf.subarray(0, found), from >> 5);
      this.wides.set(widesOf.subarray(0, found), from >> 5);
    }
    // What stood in the last word behind the end is of another piece.
    const last = length >> 5;
    const inside = (1 << (length & 31)) - 1;
    this.ends[last] = ((length & 31) === 0 ? 0 : (this.ends[last] ?? 0) & inside) | ~inside;
    this.ends[last + 1] = -1;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}

interface Scanner {
  readonly piece: Uint8Array;
  readonly endsOf: Int32Array;
  readonly widesOf: Int32Array;
  /** Marks the first `length` bytes of `piece`, a multiple of the block. */
  readonly scan: (length: number) => void;
}

const ENDS_AT = PIECE_BYTES;
const WIDES_AT = ENDS_AT + PIECE_BYTES / 8;
const MEMORY_PAGES = 2;

let opened: Scanner | null | undefined;

/** One for the process: a call leaves nothing behind that another needs. */
function openScanner(): Scanner | undefined {
  if (opened === undefined) opened = makeScanner() ?? null;
  return opened ?? undefined;
}

/** What is used of WebAssembly; its types come with those of browsers only. */
interface Wasm {
  validate(code: Uint8Array): boolean;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly scan: Scanner['scan'] };
  };
}

function makeScanner(): Scanner | undefined {
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly?: Wasm };
  const code = scannerCode();
  if (endianness() !== 'LE' || wasm?.validate(code) !== true) return undefined;
  const { memory, scan } = new wasm.Instance(new wasm.Module(code)).exports;
  return {
    piece: new Uint8Array(memory.buffer, 0, PIECE_BYTES),
    endsOf: new Int32Array(memory.buffer, ENDS_AT, PIECE_BYTES / 32),
    widesOf: new Int32Array(memory.buffer, WIDES_AT, PIECE_BYTES / 32),
    scan,
  };
}

/**
 * The module, in the order of the binary format: types, functions, memory, exports, code.
 *
 *     (func (export "scan") (param $length i32) (local $at i32) (local $to i32) (local $block v128)
 *       (loop $next
 *         (local.set $block (v128.load (local.get $at)))
 *         (i32.store16 offset=ENDS_AT (local.get $to) (i8x16.bitmask
 *           (v128.or (v128.or (i8x16.eq $block '"'…) (i8x16.eq $block '\'…)) (i8x16.lt_u $block ' '…))))
 *         (i32.store16 offset=WIDES_AT (local.get $to) (i8x16.bitmask (local.get $block)))
 *         (local.set $to (i32.add (local.get $to) (i32.const 2)))
 *         (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $length)))))
 */
function scannerCode(): Uint8Array {
  const [length, at, to, block] = [0, 1, 2, 3];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const tee = (local: number) => [0x22, local];
  const add = (constant: number) => [0x41, constant, 0x6a];
  const all = (byte: number) => [0xfd, 0x0c, ...new Array<number>(BLOCK_BYTES).fill(byte)];
  const eq = [0xfd, 0x23];
  const below = [0xfd, 0x26];
  const or = [0xfd, 0x50];
  const bitmask = [0xfd, 0x64];
  const store16 = (offset: number) => [0x3b, 0, ...leb128(offset)];
  const body = [
    ...[2, 2, 0x7f, 1, 0x7b],
    ...[0x03, 0x40],
    ...get(at),
    ...[0xfd, 0x00, 0, 0],
    ...set(block),
    ...get(to),
    ...[...get(block), ...all(34), ...eq],
    ...[...get(block), ...all(92), ...eq, ...or],
    ...[...get(block), ...all(32), ...below, ...or],
    ...bitmask,
    ...store16(ENDS_AT),
    ...get(to),
    ...[...get(block), ...bitmask],
    ...store16(WIDES_AT),
    ...[...get(to), ...add(2), ...set(to)],
    ...[...get(at), ...add(BLOCK_BYTES), ...tee(at), ...get(length), 0x49, 0x0d, 0],
    ...[0x0b, 0x0b],
  ];
  const section = (id: number, content: readonly number[]) => [id, ...leb128(content.length), ...content];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, MEMORY_PAGES]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('scan'), 0, 0]),
    ...section(10, [1, ...leb128(body.length), ...body]),
  ]);
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}
