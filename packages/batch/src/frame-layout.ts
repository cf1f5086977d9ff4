/**
 * The binary form of a batch is its columnar layout: what the exchange sends is what the next task reads,
 * as views without copying. Little endian throughout, every section padded to 8 bytes, selected rows only.
 *
 *     frame    = "MRB1" | rows u32 | columns u32 (+ CHANGES_FLAG) | frameBytes u32 | [changes: rows x u8] | column*
 *     column   = form u8 | hasNulls u8 | 0 u16 | dataBytes u32 | [nulls: rows x u8] | section*
 *     boolean  = rows x u8                     int32  = rows x i32
 *     float64  = rows x f64                    narrow = rows x f64 (integers)
 *     wide64   = rows x i64                    wide128 = rows x (low u64 | high i64)
 *     string, bytes = (rows + 1) x u32 offsets | data
 *     object   = data: a JSON array of `valueToJson` forms, UTF-8
 *
 * `dataBytes` is the length of the last, variable section (0 where there is none). The schema travels once,
 * when the channel is opened. Bytes between sections are zero.
 */
export const FRAME_MAGIC = 0x3142524d;
export const HEADER_BYTES = 16;
/** Set in the column count of a frame whose rows are not all INSERTs. */
export const CHANGES_FLAG = 0x8000_0000;
export const COLUMN_HEADER_BYTES = 8;
/** Far above any batch the engines make; a damaged count must not become an allocation. */
export const MAX_FRAME_ROWS = 1 << 24;

export const FORM = {
  boolean: 1,
  int32: 2,
  float64: 3,
  narrow: 4,
  wide64: 5,
  wide128: 6,
  string: 7,
  bytes: 8,
  object: 9,
} as const;
export type Form = (typeof FORM)[keyof typeof FORM];

export function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Bytes of the fixed-width section of a column; for strings and bytes the offsets. */
export function fixedBytes(form: Form, rows: number): number {
  switch (form) {
    case FORM.boolean:
      return rows;
    case FORM.int32:
      return rows * 4;
    case FORM.float64:
    case FORM.narrow:
    case FORM.wide64:
      return rows * 8;
    case FORM.wide128:
      return rows * 16;
    case FORM.string:
    case FORM.bytes:
      return (rows + 1) * 4;
    case FORM.object:
      return 0;
  }
}
