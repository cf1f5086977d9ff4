import type { Column } from '@millrace/batch';
import { type Accumulator, type AccumulatorValues, createAccumulator, growAccumulator } from '../heap/accumulators.ts';
import type { Cells } from '../rows/cells.ts';
import { createCellsOf } from '../rows/create-cells.ts';
import type { ColumnMeta } from '../segment/column-codec.ts';
import { decodePage, type PageMeta } from './page-codec.ts';
import { decodePageColumn } from './page-columns.ts';
import { CHANGED, GONE, PUT } from './places.ts';

/**
 * One table put together from its pages, the newest first: what is known of a place already stays. A place that the newest word says is empty
 * stays empty, whatever older files put there.
 */
export class PageImage {
  readonly #size: number;
  /** By place: bit 0 what changes is known, bit 1 what does not, bit 2 it is live. */
  #known: Uint8Array;
  #fixed: Cells[] = [];
  #changing: Accumulator[] = [];
  /** Columns that change and are no numbers: lists. */
  #runs = new Map<number, Cells>();

  constructor(size: number) {
    this.#size = size;
    this.#known = new Uint8Array(size);
  }

  put(meta: PageMeta, blocks: readonly Uint8Array[]): void {
    const page = decodePage(meta, blocks);
    const isNewFixed = new Uint8Array(page.puts.length);
    const isNewChanging = new Uint8Array(page.live.length);
    let put = 0;
    let live = 0;
    for (let at = 0; at < page.places.length; at++) {
      const place = page.places[at] ?? 0;
      const what = page.what[at] ?? GONE;
      const isWithin = place < this.#size;
      const known = isWithin ? (this.#known[place] ?? 0) : 3;
      if (what >= CHANGED) isNewChanging[live++] = (known & 1) === 0 ? 1 : 0;
      if (what >= PUT) isNewFixed[put++] = (known & 2) === 0 ? 1 : 0;
      if (!isWithin) continue;
      if ((known & 1) === 0) this.#known[place] = known | (what === GONE ? 3 : 1 | 4);
      if (what >= PUT) this.#known[place] = (this.#known[place] ?? 0) | 2;
    }
    this.#takeFixed(meta.fixed, page.fixed, page.puts, isNewFixed);
    this.#takeChanging(meta.changing, page.changing, page.live, isNewChanging);
  }

  /** The live places, ascending; undefined when something of one was never said. */
  live(): Int32Array | undefined {
    const places = new Int32Array(this.#size);
    let count = 0;
    for (let place = 0; place < this.#size; place++) {
      const known = this.#known[place] ?? 0;
      if ((known & 4) === 0) continue;
      if (known !== 7) return undefined;
      places[count++] = place;
    }
    return places.subarray(0, count);
  }

  fixed(column: number): Column {
    const cells = this.#fixed[column];
    if (cells === undefined) throw new Error(`there is no page with a column ${column}`);
    return cells.copy(this.#size);
  }

  changing(column: number): AccumulatorValues {
    const held = this.#changing[column];
    if (held === undefined) return [];
    growAccumulator(held, this.#size);
    return held.values;
  }

  run(column: number): Column | undefined {
    return this.#runs.get(column)?.copy(this.#size);
  }

  get isEmpty(): boolean {
    return this.#fixed.length === 0;
  }

  #takeFixed(
    metas: readonly ColumnMeta[],
    blocks: readonly (readonly Uint8Array[])[],
    places: Int32Array,
    isNew: Uint8Array,
  ): void {
    if (this.#fixed.length === 0) this.#fixed = metas.map(({ kind }) => createCellsOf(kind));
    const rows = rowsWhere(isNew);
    for (const [at, meta] of metas.entries())
      putCells(this.#fixed[at], decodePageColumn(meta, blocks[at] ?? [], places.length), rows, places, this.#size);
  }

  #takeChanging(
    metas: readonly ColumnMeta[],
    blocks: readonly (readonly Uint8Array[])[],
    places: Int32Array,
    isNew: Uint8Array,
  ): void {
    const rows = rowsWhere(isNew);
    for (const [at, meta] of metas.entries()) {
      const column = decodePageColumn(meta, blocks[at] ?? [], places.length);
      if (column.kind === 'bytes') {
        const cells = this.#runs.get(at) ?? createCellsOf('bytes');
        this.#runs.set(at, cells);
        putCells(cells, column, rows, places, this.#size);
        continue;
      }
      const held = this.#changing[at] ?? createAccumulator(accumulatorOf(column.kind));
      this.#changing[at] = held;
      growAccumulator(held, this.#size);
      if (column.kind !== 'float64' && column.kind !== 'int32' && column.kind !== 'object') continue;
      for (const row of rows) held.values[places[row] ?? 0] = column.values[row] as number;
    }
  }
}

function accumulatorOf(kind: Column['kind']): Accumulator['kind'] {
  if (kind === 'float64' || kind === 'int32' || kind === 'object') return kind;
  throw new Error(`a ${kind} column is no accumulator`);
}

function rowsWhere(flags: Uint8Array): Int32Array {
  const rows = new Int32Array(flags.length);
  let count = 0;
  for (let at = 0; at < flags.length; at++) if (flags[at] === 1) rows[count++] = at;
  return rows.subarray(0, count);
}

function putCells(cells: Cells | undefined, column: Column, rows: Int32Array, places: Int32Array, size: number): void {
  if (cells === undefined) return;
  const ids = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) ids[at] = places[rows[at] ?? 0] ?? 0;
  cells.bind(column);
  cells.put(rows, ids, size);
}
