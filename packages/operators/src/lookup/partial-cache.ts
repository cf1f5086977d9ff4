import type { AnswerCache } from '@millrace/contracts';
import type { StoredRow } from './stored-row.ts';

interface Entry {
  readonly rows: readonly StoredRow[];
  readonly writtenAt: number;
  usedAt: number;
}

/** Answers by key, those used last at the end (a Map keeps its order), bounded in rows. Times are epoch ms. */
export class PartialCache {
  readonly #settings: AnswerCache;
  readonly #entries = new Map<string, Entry>();
  #rows = 0;

  constructor(settings: AnswerCache) {
    this.#settings = settings;
  }

  /** A key without rows counts as one. */
  get rows(): number {
    return this.#rows;
  }

  get(key: string, now: number): readonly StoredRow[] | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (this.#isOld(entry, now)) {
      this.#rows -= weightOf(entry.rows);
      return undefined;
    }
    entry.usedAt = now;
    this.#entries.set(key, entry);
    return entry.rows;
  }

  put(key: string, rows: readonly StoredRow[], now: number): void {
    const { rowsMax, cachesMissingKeys } = this.#settings;
    this.#drop(key);
    if (weightOf(rows) > rowsMax || (rows.length === 0 && !cachesMissingKeys)) return;
    this.#entries.set(key, { rows, writtenAt: now, usedAt: now });
    this.#rows += weightOf(rows);
    for (const oldest of this.#entries.keys()) {
      if (this.#rows <= rowsMax) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#rows -= weightOf(entry.rows);
  }

  #isOld({ writtenAt, usedAt }: Entry, now: number): boolean {
    const { expireAfterWriteMs, expireAfterAccessMs } = this.#settings;
    const isOlder = (since: number, limit: number | undefined) => limit !== undefined && now - since >= limit;
    return isOlder(writtenAt, expireAfterWriteMs) || isOlder(usedAt, expireAfterAccessMs);
  }
}

function weightOf(rows: readonly StoredRow[]): number {
  return Math.max(1, rows.length);
}
