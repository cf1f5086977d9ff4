import { BatchBuilder, type JsonValue, type RecordBatch, valueAt, valueToJson } from '@millrace/batch';
import type { RejectedRecord, RejectedRows } from '@millrace/contracts';
import { type SplitId, StreamError } from '@millrace/model';
import { DEAD_LETTER_SCHEMA, type SourceNode } from '@millrace/plan';

/** Rows of `DEAD_LETTER_SCHEMA`, one per rejected record. `now` is epoch ms. */
export function deadLetters(source: SourceNode, rejected: readonly RejectedRecord[], now: number): RecordBatch {
  const builder = new BatchBuilder(DEAD_LETTER_SCHEMA);
  for (const record of rejected) {
    const encoding = isText(record.key) && isText(record.value) ? 'utf-8' : 'base64';
    builder.append([
      record.errorCode,
      record.error,
      source.table,
      source.connector,
      record.split,
      record.position,
      textOf(record.key, encoding),
      textOf(record.value, encoding),
      encoding,
      now,
    ]);
  }
  return builder.finish();
}

/** Rows an operator refused as rejected records: their bytes are gone, so the record is its columns as JSON. */
export function recordsOf({ batch, rows, errorCode, error }: RejectedRows): readonly RejectedRecord[] {
  return rows.map((row) => ({
    split: batch.runs?.find(({ from, to }) => row >= from && row < to)?.split ?? ('' as SplitId),
    position: 'known by its columns only',
    errorCode,
    error: error(row),
    key: undefined,
    value: utf8.encode(JSON.stringify(columnsOf(batch, row))),
  }));
}

function columnsOf({ schema, columns }: RecordBatch, row: number): Readonly<Record<string, JsonValue>> {
  const values = schema.fields.map(({ name, type }, at) => {
    const column = columns[at];
    return [name, column === undefined ? null : valueToJson(valueAt(column, type, row), type)] as const;
  });
  return Object.fromEntries(values);
}

const utf8 = new TextEncoder();

/** Without a dead-letter output a record that cannot be decoded ends the job: dropping it silently is not an option. */
export function undecodable(source: SourceNode, record: RejectedRecord): StreamError {
  return new StreamError(
    'source.record-undecodable',
    `${source.table}: the record at ${record.position} of ${record.split} cannot be decoded: ${record.error}. ` +
      'Correct the table definition, or set a dead-letter topic for the job so that such records are put aside.',
    { domain: 'user', retry: 'never', detail: record.errorCode },
  );
}

const strict = new TextDecoder('utf-8', { fatal: true });

function isText(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined) return true;
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function textOf(bytes: Uint8Array | undefined, encoding: 'utf-8' | 'base64'): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString(encoding);
}
