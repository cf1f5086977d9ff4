import type { CsvDialect } from './csv-dialect.ts';

/** One field of a record: its bytes, and the position behind it (of the delimiter, or the end of the record). */
export interface CsvField {
  /** Content without the quotes; still escaped when `plain` is false. */
  start: number;
  end: number;
  next: number;
  quoted: boolean;
  /** The content is its own meaning: no doubled quote and no escape in it. */
  plain: boolean;
}

/**
 * Reads the field that begins at `start` of the record `bytes[start, end)` into `field`. Returns -1 - offset
 * when a quote is not closed or something follows a closed one.
 */
export function readField(bytes: Uint8Array, start: number, end: number, dialect: CsvDialect, field: CsvField): number {
  const { delimiter, quote, escaping } = dialect;
  field.quoted = start < end && quote !== -1 && bytes[start] === quote;
  field.plain = true;
  field.start = field.quoted ? start + 1 : start;
  let at = field.start;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte === escaping) {
      field.plain = false;
      at++;
    } else if (field.quoted && byte === quote) {
      if (at + 1 >= end || bytes[at + 1] !== quote) break;
      field.plain = false;
      at++;
    } else if (!field.quoted && byte === delimiter) break;
  }
  field.end = Math.min(at, end);
  if (!field.quoted) {
    field.next = field.end;
    return at > end ? -1 - end : 0;
  }
  if (at >= end) return -1 - start;
  field.next = at + 1;
  return field.next === end || bytes[field.next] === delimiter ? 0 : -1 - field.next;
}

/** The content of a field that is not plain: escapes and doubled quotes undone. */
export function unescapeField(bytes: Uint8Array, field: CsvField, { quote, escaping }: CsvDialect): Uint8Array {
  const content = new Uint8Array(field.end - field.start);
  let length = 0;
  for (let at = field.start; at < field.end; at++) {
    const byte = bytes[at] ?? 0;
    // A quote inside quotes is always doubled here: a single one would have ended the field.
    if (byte === escaping || (field.quoted && byte === quote)) at++;
    content[length++] = bytes[at] ?? 0;
  }
  return content.subarray(0, length);
}

const LINE_FEED = 10;

/**
 * The position behind the record that begins at `start`, line break included: after the first line feed that is
 * outside quotes and not escaped. -1: the record does not end before `end`.
 */
export function recordEnd(bytes: Uint8Array, start: number, end: number, dialect: CsvDialect): number {
  const { delimiter, quote, escaping } = dialect;
  let quoted = false;
  /** Where a quote opens a field: at its start, and right behind one that closed it (a doubled quote). */
  let opensAt = start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === LINE_FEED && !quoted) return at + 1;
    if (byte === escaping) at++;
    else if (byte === quote) {
      if (quoted) opensAt = at + 1;
      quoted = !quoted && at === opensAt;
    } else if (byte === delimiter && !quoted) opensAt = at + 1;
  }
  return -1;
}
