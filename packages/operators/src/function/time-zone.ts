import { StreamError } from '@millrace/model';
import { timeZoneNamed } from '@millrace/plan';

/**
 * Local times of a zone, as ms of a clock on the wall counted like UTC. Offsets come from the zone data of the runtime and are kept per
 * quarter of an hour, the finest step at which zones have changed since 1970.
 */

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Then they are looked up again. */
const KEPT_OFFSETS_MAX = 100_000;

export class TimeZone {
  /** Undefined: a fixed distance from UTC. */
  readonly #format: Intl.DateTimeFormat | undefined;
  readonly #fixedMs: number;
  readonly #offsets = new Map<number, number>();

  private constructor(name: string) {
    const isFixed = FIXED.test(name);
    this.#fixedMs = isFixed ? offsetNamed(name) : 0;
    this.#format = isFixed
      ? undefined
      : new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** By an IANA name, a distance such as +05:30 or GMT-8, or three letters; throws `expression.bad-time-zone` when there is none called so. */
  static of(name: string): TimeZone {
    const known = zones.get(name);
    if (known !== undefined) return known;
    const meant = timeZoneNamed(name);
    if (meant === undefined) throw unknownZone(name);
    if (zones.size >= ZONES_MAX) zones.clear();
    const zone = new TimeZone(meant);
    zones.set(name, zone);
    return zone;
  }

  /** What the clock shows at an instant. */
  localAt(epochMs: number): number {
    return epochMs + this.#offsetAt(epochMs);
  }

  /** The instant at which the clock shows `localMs`: the earlier of two; for a time that is skipped, as much later as is skipped. As java.time. */
  instantOf(localMs: number): number {
    const [before, after] = [this.#offsetAt(localMs - DAY_MS), this.#offsetAt(localMs + DAY_MS)];
    const isShown = (offset: number) => this.#offsetAt(localMs - offset) === offset;
    return localMs - (isShown(before) || !isShown(after) ? before : after);
  }

  /** As `instantOf`, the later of two. */
  lastInstantOf(localMs: number): number {
    const after = this.#offsetAt(localMs + DAY_MS);
    return this.#offsetAt(localMs - after) === after ? localMs - after : this.instantOf(localMs);
  }

  /**
   * The greatest local time that the clock shows at `epochMs` or before and never again: what a watermark means for windows
   * that are cut in local time. Before an hour is repeated it stands still.
   */
  passedAt(epochMs: number): number {
    const local = this.localAt(epochMs);
    const again = this.lastInstantOf(local);
    if (again <= epochMs) return local;
    let [from, to] = [epochMs, again];
    const offset = this.#offsetAt(epochMs);
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.#offsetAt(middle) === offset) from = middle;
      else to = middle;
    }
    return this.localAt(to) - 1;
  }

  #offsetAt(epochMs: number): number {
    if (this.#format === undefined) return this.#fixedMs;
    const quarter = Math.floor(epochMs / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsets.size >= KEPT_OFFSETS_MAX) this.#offsets.clear();
    const offset = this.#readOffset(quarter * QUARTER_MS);
    this.#offsets.set(quarter, offset);
    return offset;
  }

  /** Beyond what Date holds there is no offset. */
  #readOffset(epochMs: number): number {
    if (this.#format === undefined || Math.abs(epochMs) > 8_640_000_000_000_000 || Number.isNaN(epochMs)) return 0;
    const name = this.#format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return offsetNamed(name);
  }
}

const FIXED = /^[+-]\d\d:\d\d$/;

/** `+05:30`, `GMT`, `GMT+02:00` or, long ago, `GMT+00:53:28`. */
function offsetNamed(name: string): number {
  const [, sign = '', hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

const zones = new Map<string, TimeZone>();
const ZONES_MAX = 1_000;

function unknownZone(name: string): StreamError {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  return new StreamError(
    'expression.bad-time-zone',
    `There is no time zone '${shown}': names are such as 'UTC', 'Europe/Berlin' or '+05:30'.`,
    { domain: 'user', retry: 'never' },
  );
}
