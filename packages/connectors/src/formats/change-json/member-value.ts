import type { Value } from '@millrace/batch';
import { type DataType, type Field, isFineTimestamp, ticksOf } from '@millrace/model';
import { nestedValue } from '../json-nested.ts';
import { parseTicks, parseTimestamp } from '../time-text.ts';
import type { Members } from './members.ts';

/** A member of the object read last as a value of the column's type; NULL when it is absent, undefined when it is none. */
export function memberValue(members: Members, member: number, bytes: Uint8Array, { type }: Field): Value | undefined {
  if (!members.has(bytes, member)) return null;
  return nestedValue(bytes, members.starts[member] ?? 0, members.ends[member] ?? 0, type);
}

/** A member that counts from 1970 in units of `unitMs`, as a time or BIGINT of milliseconds. */
export function epochValue(
  members: Members,
  member: number,
  bytes: Uint8Array,
  { type }: Field,
  unitMs: 1 | 1000,
): Value | undefined {
  const text = members.text(bytes, member);
  if (text === undefined) return members.has(bytes, member) ? undefined : null;
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  return timeOf(Number(text) * unitMs, type);
}

const encoder = new TextEncoder();

/** A member that is a time in words, without a zone: UTC, as everywhere here. */
export function writtenTimeValue(
  members: Members,
  member: number,
  bytes: Uint8Array,
  { type }: Field,
): Value | undefined {
  const text = members.text(bytes, member);
  if (text === undefined) return members.has(bytes, member) ? undefined : null;
  const written = encoder.encode(text);
  if (isFineTimestamp(type)) return parseTicks(written, 0, written.length, type);
  const time = parseTimestamp(written, 0, written.length);
  return Number.isNaN(time) ? undefined : timeOf(time, type);
}

function timeOf(epochMs: number, type: DataType): Value {
  if (isFineTimestamp(type)) return ticksOf(Math.floor(epochMs), 0, type);
  return type.kind === 'bigint' ? BigInt(Math.floor(epochMs)) : epochMs;
}
