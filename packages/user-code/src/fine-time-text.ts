import { digitsBehindMs, type FineTimestamp, msOfTicks, ticksOf, ticksPerMs } from '@millrace/model';

/**
 * A fine timestamp as a body has it: `2026-11-24T00:12:31.123456`, every digit of the type, with a `Z` when it is TIMESTAMP_LTZ; what `new Date(x)` reads to
 * the ms. Ticks beyond what a Date can hold are given as the digits they are, which the prelude refuses.
 */
export function textOfTicks(ticks: bigint, type: FineTimestamp): string {
  const date = new Date(msOfTicks(ticks, type));
  if (Number.isNaN(date.getTime())) return String(ticks);
  return `${date.toISOString().slice(0, -1)}${digitsBehindMs(ticks, type)}${type.kind === 'timestamp_ltz' ? 'Z' : ''}`;
}

const FORM = /^([+-]\d{6}|\d{4})(-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/** The ticks of such a text, with a zone or without (UTC); 'no-time' when it is none, 'digits' when it has more digits of a second than the type. */
export function ticksOfText(text: string, type: FineTimestamp): bigint | 'no-time' | 'digits' {
  const match = FORM.exec(text);
  if (match === null) return 'no-time';
  const [, year = '', day = '', clock = '', fraction = '', sign, hours = '0', minutes = '0'] = match;
  const plain = `${year}${day}T${clock}`;
  const ms = Date.parse(`${plain}Z`);
  // Date takes the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== `${plain}.000Z` || Number(hours) > 18 || Number(minutes) > 59)
    return 'no-time';
  if (/[1-9]/.test(fraction.slice(type.precision))) return 'digits';
  const eastMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const nanos = Number(fraction.padEnd(9, '0'));
  return ticksOf(ms - eastMs + Math.floor(nanos / 1_000_000), nanos % 1_000_000, type);
}

/** A Date has ms, of which a fine timestamp has ticks. */
export function ticksOfDate(ms: number, type: FineTimestamp): bigint {
  return BigInt(ms) * BigInt(ticksPerMs(type));
}
