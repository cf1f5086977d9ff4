import { type Column, columnKindOf, StringColumn } from '@millrace/batch';
import type { Field } from '@millrace/model';

type Slots = Uint8Array | Int32Array | Float64Array;

const CAPACITY_MIN = 256;
const CAPACITY_MAX = 65_536;
const SPILL_BYTES_MIN = 4_096;

/**
 * The growing columns a decoder fills, one slot per row. Strings are slices of the bytes being decoded as
 * long as all rows come from one buffer and need no unescaping. At the first exception the slices so far
 * move to a spill buffer of the batch's own and everything after is copied there (`copying`).
 */
export class ColumnStore {
  readonly fields: readonly Field[];
  readonly kinds: readonly Column['kind'][];
  rows = 0;
  capacity = CAPACITY_MIN;
  /** By field: numbers and booleans. */
  values: Slots[] = [];
  /** By field: strings and bytes. */
  starts: Int32Array[] = [];
  ends: Int32Array[] = [];
  /** By field: ARRAY, MAP and ROW. */
  objects: unknown[][] = [];
  nulls: (Uint8Array | undefined)[] = [];
  wides: (bigint[] | undefined)[] = [];
  copying = false;
  #source: Uint8Array = new Uint8Array(0);
  #spill: Uint8Array = new Uint8Array(0);
  #spilled = 0;
  /** How much of the spill belongs to rows that count; what a record left behind that became no row is overwritten. */
  #kept = 0;

  constructor(fields: readonly Field[]) {
    this.fields = fields;
    this.kinds = fields.map((field) => columnKindOf(field.type));
    this.#allocate();
  }

  /** Called before each record: room for one more row, and the buffer its slices will point into. */
  begin(source: Uint8Array): void {
    if (this.rows === this.capacity) this.#grow();
    if (source !== this.#source) {
      if (this.rows > 0) this.startCopying(this.rows - 1);
      this.#source = source;
    }
    this.#spilled = this.#kept;
  }

  /** Called before a run of records: room for as many rows. */
  beginRun(source: Uint8Array, records: number): void {
    while (this.rows + records > this.capacity) this.#grow();
    this.begin(source);
  }

  /** Forgets what a record that became no row left in the spill. */
  restart(): void {
    this.#spilled = this.#kept;
  }

  /** The record decoded last is a row. */
  accept(): void {
    this.rows++;
    this.#kept = this.#spilled;
  }

  /** Moves the slices of rows 0 to `lastRow` into the spill. */
  startCopying(lastRow: number): void {
    if (this.copying) return;
    this.copying = true;
    for (const [index, starts] of this.starts.entries()) {
      const ends = this.ends[index] ?? starts;
      for (let row = 0; row <= lastRow && row < starts.length; row++) {
        const start = starts[row] ?? 0;
        const end = ends[row] ?? 0;
        starts[row] = this.copy(this.#source, start, end);
        ends[row] = (starts[row] ?? 0) + end - start;
      }
    }
    this.#kept = this.#spilled;
  }

  /** Copies a slice into the spill and returns its place. */
  copy(bytes: Uint8Array, start: number, end: number): number {
    const at = this.reserve(end - start);
    this.#spill.set(bytes.subarray(start, end), at);
    return at;
  }

  /** Room for `length` bytes in the spill, at the returned place of `spill`. */
  reserve(length: number): number {
    const at = this.#spilled;
    if (at + length > this.#spill.length) {
      const grown = new Uint8Array(Math.max(at + length, this.#spill.length * 2, SPILL_BYTES_MIN));
      grown.set(this.#spill.subarray(0, at));
      this.#spill = grown;
    }
    this.#spilled = at + length;
    return at;
  }

  get spill(): Uint8Array {
    return this.#spill;
  }

  /** What the slices of all rows so far point into. */
  get bytes(): Uint8Array {
    return this.copying ? this.#spill : this.#source;
  }

  /** Puts an encoded string or bytes value into a slot, by copy. */
  setBytes(field: number, row: number, bytes: Uint8Array): void {
    this.startCopying(row);
    const at = this.copy(bytes, 0, bytes.length);
    const { [field]: starts } = this.starts;
    const { [field]: ends } = this.ends;
    if (starts === undefined || ends === undefined) return;
    starts[row] = at;
    ends[row] = at + bytes.length;
  }

  setNull(field: number, row: number): void {
    let nulls = this.nulls[field];
    if (nulls === undefined) {
      nulls = new Uint8Array(this.capacity);
      this.nulls[field] = nulls;
    }
    nulls[row] = 1;
  }

  /** The slot after the last row, all NULL; `source` is the buffer of the rows before it. */
  beginNothing(source: Uint8Array): void {
    this.begin(source);
    for (const field of this.fields.keys()) this.setNull(field, this.rows);
    for (const slices of [this.starts, this.ends])
      for (const places of slices) if (places !== undefined) places[this.rows] = 0;
  }

  /** An integer of any size; the column becomes wide with the first unsafe one. */
  setInteger(field: number, row: number, value: bigint): void {
    const values = this.values[field];
    let wide = this.wides[field];
    if (wide === undefined && !Number.isSafeInteger(Number(value))) {
      wide = Array.from({ length: row }, (_, index) => BigInt(values?.[index] ?? 0));
      this.wides[field] = wide;
    }
    if (wide !== undefined) wide[row] = value;
    if (values !== undefined) values[row] = Number(value);
  }

  /** Ticks of a fine timestamp: whole epoch ms, each of `perMs` ticks, and the ticks behind them. */
  setTicks(field: number, row: number, epochMs: number, behind: number, perMs: number): void {
    const ticks = epochMs * perMs + behind;
    const values = this.values[field];
    if (Number.isSafeInteger(ticks) && this.wides[field] === undefined && values !== undefined) values[row] = ticks;
    else this.setInteger(field, row, BigInt(epochMs) * BigInt(perMs) + BigInt(behind));
  }

  finish(): readonly Column[] {
    const columns = this.fields.map((_, field) => this.#column(field));
    this.capacity = Math.min(CAPACITY_MAX, Math.max(CAPACITY_MIN, Math.ceil(this.rows * 1.25)));
    this.rows = 0;
    this.copying = false;
    this.#spill = new Uint8Array(0);
    this.#spilled = 0;
    this.#kept = 0;
    this.#allocate();
    return columns;
  }

  #column(field: number): Column {
    const kind = this.kinds[field] ?? 'object';
    const nulls = this.nulls[field];
    const values = this.values[field];
    const { bytes } = this;
    const starts = this.starts[field] ?? new Int32Array(0);
    const ends = this.ends[field] ?? starts;
    switch (kind) {
      case 'string':
        return StringColumn.fromUtf8(bytes, starts, ends, this.rows, nulls);
      case 'bytes':
        return { kind, bytes, starts, ends, nulls };
      case 'object':
        return { kind, values: this.objects[field] ?? [], nulls };
      case 'int64': {
        const wide = this.wides[field];
        if (wide !== undefined) wide.length = this.rows;
        return { kind, values: values instanceof Float64Array ? values : new Float64Array(0), wide, nulls };
      }
      case 'float64':
        return { kind, values: values instanceof Float64Array ? values : new Float64Array(0), nulls };
      case 'int32':
        return { kind, values: values instanceof Int32Array ? values : new Int32Array(0), nulls };
      case 'boolean':
        return { kind, values: values instanceof Uint8Array ? values : new Uint8Array(0), nulls };
    }
  }

  #allocate(): void {
    const { capacity, kinds } = this;
    this.values = kinds.map((kind) => slotsOf(kind, capacity));
    const sliced = (kind: Column['kind']) => (kind === 'string' || kind === 'bytes' ? capacity : 0);
    this.starts = kinds.map((kind) => new Int32Array(sliced(kind)));
    this.ends = kinds.map((kind) => new Int32Array(sliced(kind)));
    this.objects = kinds.map(() => []);
    this.nulls = kinds.map(() => undefined);
    this.wides = kinds.map(() => undefined);
  }

  #grow(): void {
    const capacity = this.capacity * 2;
    this.values = this.values.map((old, field) => {
      const grown = slotsOf(this.kinds[field] ?? 'object', capacity);
      grown.set(old);
      return grown;
    });
    this.starts = this.starts.map((old) => (old.length === 0 ? old : grownInts(old, capacity)));
    this.ends = this.ends.map((old) => (old.length === 0 ? old : grownInts(old, capacity)));
    this.nulls = this.nulls.map((old) => {
      if (old === undefined) return undefined;
      const grown = new Uint8Array(capacity);
      grown.set(old);
      return grown;
    });
    this.capacity = capacity;
  }
}

function slotsOf(kind: Column['kind'], capacity: number): Slots {
  switch (kind) {
    case 'boolean':
      return new Uint8Array(capacity);
    case 'int32':
      return new Int32Array(capacity);
    case 'float64':
    case 'int64':
      return new Float64Array(capacity);
    default:
      return new Uint8Array(0);
  }
}

function grownInts(old: Int32Array, capacity: number): Int32Array {
  const grown = new Int32Array(capacity);
  grown.set(old);
  return grown;
}
