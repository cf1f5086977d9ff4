import type { Value } from '@millrace/batch';
import type { Happening } from './cruel-plan.ts';

/** A row of the tables of these tests; `t` is its event time, where it has one. */
export type Row = Readonly<Record<'id' | 'k' | 's' | 'v' | 't', Value>>;
export type WindowedRow = Row & { readonly start: number; readonly end: number };

export type Windowing =
  | { readonly kind: 'grid'; windowsOf(time: number): readonly (readonly [start: number, end: number])[] }
  | { readonly kind: 'session'; readonly gapMs: number; keyOf(row: Row): Value };

interface Session {
  readonly key: Value;
  readonly rows: Row[];
  start: number;
  end: number;
}

/** Every row in each window it counts in, by definition: in none that is over when the row comes. Times are of the rows, or of the clock. */
export function windowedRows(windowing: Windowing, happenings: readonly Happening[]): readonly WindowedRow[] {
  const time = new Passing();
  const found: WindowedRow[] = [];
  let open: Session[] = [];
  const close = (sessions: readonly Session[]) => {
    for (const { rows, start, end } of sessions) found.push(...rows.map((row) => ({ ...row, start, end })));
    open = open.filter((session) => !sessions.includes(session));
  };
  for (const happening of happenings) {
    if (happening.kind !== 'rows') {
      time.pass(happening);
      close(open.filter(({ end }) => end - 1 <= time.passed));
      continue;
    }
    for (const given of happening.rows as readonly Row[]) {
      const at = time.of(given);
      if (windowing.kind === 'grid') {
        const windows = windowing.windowsOf(at).filter(([, end]) => end - 1 > time.passed);
        found.push(...windows.map(([start, end]) => ({ ...given, start, end })));
        continue;
      }
      const { gapMs } = windowing;
      const key = windowing.keyOf(given);
      const partners = open.filter((one) => one.key === key && one.start <= at + gapMs && one.end >= at);
      if (partners.length === 0 && at + gapMs - 1 <= time.passed) continue;
      const merged: Session = { key, rows: [given], start: at, end: at + gapMs };
      for (const partner of partners) {
        merged.rows.push(...partner.rows);
        merged.start = Math.min(merged.start, partner.start);
        merged.end = Math.max(merged.end, partner.end);
      }
      open = [...open.filter((one) => !partners.includes(one)), merged];
    }
  }
  close(open);
  return found;
}

/** The number of the happening with which a window that ends at `end` is over. */
export function overWith(end: number, happenings: readonly Happening[]): number {
  const time = new Passing();
  for (const [at, happening] of happenings.entries()) {
    time.pass(happening);
    if (time.passed >= end - 1) return at;
  }
  return happenings.length;
}

/** How far the watermark has come, or the clock where it ticks. */
class Passing {
  passed = Number.NEGATIVE_INFINITY;
  #clock: number | undefined;

  pass(happening: Happening): void {
    if (happening.kind === 'rows') return;
    if (happening.kind === 'clock') this.#clock = happening.now;
    this.passed = Math.max(this.passed, happening.kind === 'clock' ? happening.now - 1 : happening.at);
  }

  of(row: Row): number {
    return this.#clock ?? Number(row.t);
  }
}
