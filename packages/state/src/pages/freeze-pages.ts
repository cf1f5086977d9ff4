import type { Frame } from '../segment/segment.ts';
import { encodePage, type PagedTable, type PageOwner } from './page-codec.ts';
import { PAGE_PLACES, type Places } from './places.ts';
import { planPages } from './plan-pages.ts';

/** A table of the state with what became of its places. */
export interface TrackedTable {
  readonly owner: PageOwner;
  readonly table: PagedTable & { readonly places: Places };
}

export interface FrozenPages {
  readonly frames: readonly Frame[];
  /** Files before this one are needed no longer. */
  readonly oldestFile: number;
}

/**
 * Takes out of the tables what file `file` is to hold, copied and encoded: the work of a freeze is in what changed, not in what there is. Undefined
 * when nothing changed, unless `isForced`.
 */
export function freezePages(tables: readonly TrackedTable[], file: number, isForced: boolean): FrozenPages | undefined {
  const pages = tables.flatMap((tracked) => pagesOf(tracked));
  const plan = planPages(pages, file);
  if (!isForced && pages.every(({ changes, image }) => changes === 0 && image > 0)) return undefined;
  const frames: Frame[] = [];
  let oldestFile = file;
  for (const [at, { owner, table, page, image }] of pages.entries()) {
    const write = plan[at];
    if (write !== 'image') oldestFile = Math.min(oldestFile, image);
    if (write === undefined || write === 'nothing') continue;
    const { places, size } = table;
    const taken = write === 'image' ? places.takeImage(page, size, file) : places.takeChanges(page, size);
    frames.push(encodePage(owner, table, taken));
  }
  for (const { table } of tables) table.places.settle();
  return { frames, oldestFile };
}

function pagesOf({ owner, table }: TrackedTable) {
  const { size, places } = table;
  return Array.from({ length: Math.ceil(size / PAGE_PLACES) }, (_, page) => ({
    owner,
    table,
    page,
    places: Math.min(PAGE_PLACES, size - page * PAGE_PLACES),
    changes: places.changesIn(page, size),
    image: places.imageOf(page),
  }));
}
