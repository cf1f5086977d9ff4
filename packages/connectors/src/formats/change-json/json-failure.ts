import type { DecodeFailure } from '../format.ts';

/** The record is no JSON object: `result` is -1 - offset of the byte that is wrong, as the walkers of JSON say it. */
export function notAnObject(bytes: Uint8Array, start: number, end: number, result: number): DecodeFailure {
  const at = -1 - result;
  const byte = bytes[at] ?? 0;
  const shown =
    byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
  const found = at >= end ? 'the record ends' : `found ${shown}`;
  return { code: 'json.malformed', message: `not a JSON object: ${found} at byte ${Math.min(at, end) - start}` };
}

/** The operation of a record is none that the format has. */
export function unknownOperation(member: string, found: string | undefined, known: readonly string[]): DecodeFailure {
  const said = found === undefined ? 'missing' : `'${found.slice(0, 40)}'`;
  const message = `field ${member}: ${said}, one of ${known.map((each) => `'${each}'`).join(', ')} is wanted`;
  return { code: 'change.operation', message };
}

/** The record does not say the row that its operation needs. */
export function missingRow(member: string, operation: string, remedy = ''): DecodeFailure {
  return {
    code: 'change.row',
    message: `field ${member}: missing or null in a record of operation '${operation}'${remedy}`,
  };
}
