import { recordEnd } from '../formats/csv-scan.ts';
import type { ValueFormat } from '../formats/record-format.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const HASH = 35;

/** Cuts the bytes of a file into records. */
export interface Framing {
  /** The position behind the record that begins at `start`, its line break included; -1: it does not end before `end`. */
  endOf(bytes: Buffer, start: number, end: number): number;
  /** Whether the record is no row and nothing wrong: an empty line, a comment. */
  isBlank(bytes: Buffer, start: number, end: number): boolean;
}

export function framingOf(format: ValueFormat): Framing {
  if (format.kind !== 'csv') return { endOf: lineEnd, isBlank: isEmptyLine };
  const { dialect, columns } = format;
  const isComment = (bytes: Buffer, start: number) => dialect.comments && bytes[start] === HASH;
  return {
    endOf: (bytes, start, end) =>
      isComment(bytes, start) ? lineEnd(bytes, start, end) : recordEnd(bytes, start, end, dialect),
    // A record of one column may be empty.
    isBlank: (bytes, start, end) => isComment(bytes, start) || (columns.length > 1 && isEmptyLine(bytes, start, end)),
  };
}

/** The position behind the first line feed; -1: there is none before `end`. */
export function lineEnd(bytes: Buffer, start: number, end: number): number {
  const at = bytes.indexOf(LINE_FEED, start);
  return at < 0 || at >= end ? -1 : at + 1;
}

function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) return false;
  }
  return true;
}
