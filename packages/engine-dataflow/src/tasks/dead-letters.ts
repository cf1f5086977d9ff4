import { BatchBuilder, type RecordBatch } from '@millrace/batch';
import type { RejectedRecord } from '@millrace/contracts';
import { StreamError } from '@millrace/model';
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
