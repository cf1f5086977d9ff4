import { type StoredRow, sameRow } from '../row/stored-row.ts';

/** Equal rows of one key and side. */
export type Entry = {
  readonly row: StoredRow;
  /** Of the row's cells: what is compared before they are. */
  readonly hash: number;
  /** How often the row is there. */
  count: number;
  /** How many rows of the other side it meets now; kept only where an outer, semi or anti join asks. */
  matches: number;
  /** Processing time of the last write. */
  touched: number;
};

/** The rows of one key and side, equal ones once: a list while there are few, by hash when there are many. */
export type Bag = { few: Entry[]; many: Map<number, Entry[]> | undefined };

/** Whether an entry has been touched within its time to live. */
export type IsAlive = (entry: Entry) => boolean;

/** Above this a search through the list costs more than a lookup. */
const FEW_MAX = 16;

export function newBag(): Bag {
  return { few: [], many: undefined };
}

/** One more of `row`; what is kept of it but no longer alive does not count. */
export function addTo(bag: Bag, row: StoredRow, hash: number, matches: number, now: number, isAlive: IsAlive): void {
  const entries = bag.many === undefined ? bag.few : bag.many.get(hash);
  const known = entries?.find((entry) => entry.hash === hash && sameRow(entry.row, row));
  if (known !== undefined) {
    known.count = isAlive(known) ? known.count + 1 : 1;
    known.matches = matches;
    known.touched = now;
    return;
  }
  const entry = { row, hash, count: 1, matches, touched: now };
  if (bag.many === undefined && bag.few.length < FEW_MAX) bag.few.push(entry);
  else put(bySize(bag), entry);
}

/** One less of `row`; a row that is not there (forgotten by then) is no matter. */
export function removeFrom(bag: Bag, row: StoredRow, hash: number, now: number, isAlive: IsAlive): void {
  const entries = bag.many === undefined ? bag.few : (bag.many.get(hash) ?? []);
  const at = entries.findIndex((entry) => entry.hash === hash && sameRow(entry.row, row));
  const entry = entries[at];
  if (entry === undefined) return;
  entry.count = isAlive(entry) ? entry.count - 1 : 0;
  entry.touched = now;
  if (entry.count > 0) return;
  entries.splice(at, 1);
  if (entries.length === 0) bag.many?.delete(hash);
}

export function isEmpty(bag: Bag | undefined): boolean {
  return bag === undefined || (bag.many === undefined ? bag.few.length === 0 : bag.many.size === 0);
}

/** Appends the entries for which `isAlive` says so. */
export function collectInto(entries: Entry[], bag: Bag | undefined, isAlive: IsAlive): void {
  if (bag === undefined) return;
  for (const list of bag.many?.values() ?? [bag.few]) for (const entry of list) if (isAlive(entry)) entries.push(entry);
}

/** Drops all entries for which `isAlive` does not hold. */
export function keepIn(bag: Bag, isAlive: IsAlive): void {
  bag.few = bag.few.filter(isAlive);
  for (const [hash, list] of bag.many ?? []) {
    const kept = list.filter(isAlive);
    if (kept.length === 0) bag.many?.delete(hash);
    else bag.many?.set(hash, kept);
  }
}

function bySize(bag: Bag): Map<number, Entry[]> {
  if (bag.many !== undefined) return bag.many;
  bag.many = new Map();
  for (const entry of bag.few) put(bag.many, entry);
  bag.few = [];
  return bag.many;
}

function put(many: Map<number, Entry[]>, entry: Entry): void {
  const list = many.get(entry.hash);
  if (list === undefined) many.set(entry.hash, [entry]);
  else list.push(entry);
}
