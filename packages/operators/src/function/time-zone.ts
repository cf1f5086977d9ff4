import { StreamError } from '@millrace/model';
import { formatTimestamp, offsetMs, parseTimestamp } from './datetime-text.ts';

/*
 * Local times in time zones, by the zones of the JavaScript runtime (IANA). A zone is a name such as Europe/Berlin, UTC, or a fixed offset:
 * +02:00, GMT+2, UTC-08:00.
 */
const ZONES_MAX = 64;
const zones = new Map<string, (epochMs: number) => number>();

/** Names Java knows and IANA does not. */
const SHORT: Readonly<Record<string, string>> = {
  PST: 'America/Los_Angeles',
  CST: 'America/Chicago',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  CTT: 'Asia/Shanghai',
  ECT: 'Europe/Paris',
};

/** `text` (yyyy-MM-dd HH:mm:ss) is a local time of zone `from`; the same moment as a local time of zone `to`. NULL when it is no time. */
export function convertTimeZone(text: string, from: string, to: string): string | undefined {
  const local = parseTimestamp(text);
  if (local === undefined) return undefined;
  const moment = momentOf(local, zoneNamed(from));
  return formatTimestamp(moment + zoneNamed(to)(moment), 0);
}

/** Where clocks go back, the earlier of two moments; where they go forward, the hour that is skipped moves on. As in Java. */
function momentOf(local: number, offsetAt: (epochMs: number) => number): number {
  const before = offsetAt(local - DAY_MS);
  const guess = local - before;
  if (offsetAt(guess) === before) return guess;
  const after = offsetAt(local + DAY_MS);
  return offsetAt(local - after) === after ? local - after : guess;
}

const DAY_MS = 86_400_000;

/** How far the zone is ahead of UTC at a moment, in ms. */
function zoneNamed(name: string): (epochMs: number) => number {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (zones.size >= ZONES_MAX) zones.clear();
  const zone = fixedOffset(name) ?? ianaZone(Object.hasOwn(SHORT, name) ? (SHORT[name] ?? name) : name);
  zones.set(name, zone);
  return zone;
}

function fixedOffset(name: string): ((epochMs: number) => number) | undefined {
  const [, sign, hours = '', minutes = '00'] = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name) ?? [];
  if (sign === undefined) return undefined;
  const offset = offsetMs(`${sign}${hours.padStart(2, '0')}:${minutes}`);
  return () => offset;
}

function ianaZone(name: string): (epochMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    throw new StreamError(
      'expression.bad-time-zone',
      `There is no time zone '${name}': write a name such as Europe/Berlin, UTC, or an offset such as +02:00.`,
      { domain: 'user', retry: 'never' },
    );
  }
  return (epochMs) => {
    const text = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const [, offset] = /([+-]\d{2}:\d{2})/.exec(text) ?? [];
    return offset === undefined ? 0 : offsetMs(offset);
  };
}
