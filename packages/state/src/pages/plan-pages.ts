import { PAGE_PLACES } from './places.ts';

/** No checkpoint needs more files of one subtask than about this. */
export const FILES_MAX = 32;
/** Of a page's places: from here on its image costs little more than what changed. */
const IMAGE_FROM_CHANGED = 0.75;

/** An image is not made again by turn in the very next file: of a table of one page changes are written too. */
const AGE_MIN = 2;

/** A page as it stands before a freeze. */
export interface PageState {
  readonly places: number;
  readonly changes: number;
  /** The file that holds its image; 0: none does. */
  readonly image: number;
}

export type PageWrite = 'nothing' | 'changes' | 'image';

/**
 * What to write of each page into file `file`. Changes are written as such; a page without an image, or nearly all of which changed, is written whole. Besides, the
 * pages whose images are oldest are written whole, half as many places as changed and one in `FILES_MAX` at least: so the files behind the oldest
 * image go, all that is stored stays within four times the state, and no checkpoint has to write everything again at once.
 */
export function planPages(pages: readonly PageState[], file: number): readonly PageWrite[] {
  const plan: PageWrite[] = pages.map(({ places, changes, image }) => {
    if (image === 0 || changes > places * IMAGE_FROM_CHANGED) return 'image';
    return changes > 0 ? 'changes' : 'nothing';
  });
  let places = 0;
  let changed = 0;
  for (const [at, page] of pages.entries()) {
    places += page.places;
    if (plan[at] !== 'image') changed += page.changes;
  }
  const wanted = Math.max(places / FILES_MAX, changed / 2);
  const oldest = [...pages.keys()].filter((at) => plan[at] !== 'image' && file - (pages[at]?.image ?? 0) >= AGE_MIN);
  oldest.sort((a, b) => (pages[a]?.image ?? 0) - (pages[b]?.image ?? 0));
  // Pages written whole because they changed do not count: the oldest would wait for ever.
  let whole = 0;
  for (const at of oldest) {
    if (whole >= wanted) break;
    plan[at] = 'image';
    whole += pages[at]?.places ?? PAGE_PLACES;
  }
  return plan;
}
