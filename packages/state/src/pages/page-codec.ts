import { blocksOf, type ColumnMeta } from '../segment/column-codec.ts';
import { decodeNumbers, encodeNumbers } from '../segment/number-block.ts';
import type { Frame } from '../segment/segment.ts';
import type { PageColumns } from './page-columns.ts';
import { CHANGED, PUT } from './places.ts';

/** What can be frozen page by page: places with columns that are there from `put` on, and columns that change. */
export interface PagedTable {
  readonly size: number;
  fixed(places: Int32Array): PageColumns;
  changing(places: Int32Array): PageColumns;
}

/** Which table of the state a page is of. A namespace that is dropped and begun again is another generation. */
export interface PageOwner {
  readonly page: string;
  readonly holds: 'keys' | 'rows';
  readonly namespace: number;
  readonly generation: number;
}

/**
 * The frame of one page, or of what changed of it. Blocks: places above the first (numbers; empty for all of them in turn), what is written of each
 * (numbers), the columns that do not change, of places that were put, then those that do, of places that are live.
 */
export interface PageMeta extends PageOwner {
  readonly first: number;
  readonly places: number;
  readonly puts: number;
  readonly live: number;
  readonly fixed: readonly ColumnMeta[];
  readonly changing: readonly ColumnMeta[];
}

export interface Page {
  readonly places: Int32Array;
  readonly what: Uint8Array;
}

export function encodePage(owner: PageOwner, table: PagedTable, { places, what }: Page): Frame {
  const puts = withAtLeast(places, what, PUT);
  const live = withAtLeast(places, what, CHANGED);
  const fixed = table.fixed(puts);
  const changing = table.changing(live);
  const first = places[0] ?? 0;
  const isWhole = (places[places.length - 1] ?? 0) - first + 1 === places.length;
  const meta: PageMeta = {
    ...owner,
    first,
    places: places.length,
    puts: puts.length,
    live: live.length,
    fixed: fixed.metas,
    changing: changing.metas,
  };
  const offsets = isWhole ? new Uint8Array(0) : encodeNumbers(places);
  return { meta, blocks: [offsets, encodeNumbers(what), ...fixed.blocks, ...changing.blocks] };
}

export interface DecodedPage extends Page {
  readonly puts: Int32Array;
  readonly live: Int32Array;
  /** Blocks by column. */
  readonly fixed: readonly (readonly Uint8Array[])[];
  readonly changing: readonly (readonly Uint8Array[])[];
}

export function decodePage(meta: PageMeta, blocks: readonly Uint8Array[]): DecodedPage {
  const [offsets = new Uint8Array(0), what = new Uint8Array(0)] = blocks;
  const places =
    offsets.length === 0
      ? new Int32Array(meta.places).map((_, at) => meta.first + at)
      : Int32Array.from(decodeNumbers(offsets, meta.places));
  const kinds = Uint8Array.from(decodeNumbers(what, meta.places));
  let at = 2;
  const take = (columns: readonly ColumnMeta[]) =>
    columns.map((column) => {
      at += blocksOf(column);
      return blocks.slice(at - blocksOf(column), at);
    });
  const fixed = take(meta.fixed);
  const changing = take(meta.changing);
  const [puts, live] = [withAtLeast(places, kinds, PUT), withAtLeast(places, kinds, CHANGED)];
  return { places, what: kinds, puts, live, fixed, changing };
}

function withAtLeast(places: Int32Array, what: Uint8Array, least: number): Int32Array {
  const found = new Int32Array(places.length);
  let count = 0;
  for (let at = 0; at < places.length; at++) if ((what[at] ?? 0) >= least) found[count++] = places[at] ?? 0;
  return found.subarray(0, count);
}
