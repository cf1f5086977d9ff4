import { CHANGE, type RecordBatch, type Value } from '@millrace/batch';
import type { Field } from '@millrace/model';
import { ChangeDecoder, type ValueMetadataField } from '../formats/change-json/change-decoder.ts';
import type { ChangeFormat } from '../formats/change-json/change-format.ts';
import { RowChanges } from '../formats/change-json/row-changes.ts';
import type { DecodeFailure } from '../formats/format.ts';
import { rowsOf } from './contexts.ts';

/** `+I`, `-U`, `+U` or `-D`, then the row, then the metadata. */
export type DecodedChange = readonly [kind: string, ...values: Value[]];

export interface Decoded {
  readonly rows: readonly DecodedChange[];
  readonly failures: readonly DecodeFailure[];
}

const encoder = new TextEncoder();
const KINDS = new Map<number, string>([
  [CHANGE.insert, '+I'],
  [CHANGE.updateBefore, '-U'],
  [CHANGE.updateAfter, '+U'],
  [CHANGE.delete, '-D'],
]);

/** For this package's tests: what records become. All stand in one buffer, as those of a Kafka response do, and `cuts` says behind which a batch ends. */
export function decodedChanges(
  format: ChangeFormat,
  fields: readonly Field[],
  records: readonly string[],
  { metadata = [], cuts = [] }: { metadata?: readonly ValueMetadataField[]; cuts?: readonly number[] } = {},
): Decoded {
  const decoder = new ChangeDecoder(format, fields, metadata);
  const changes = new RowChanges();
  const rows: DecodedChange[] = [];
  const failures: DecodeFailure[] = [];
  let beside: Value[][] = [];
  const finish = () => {
    const count = decoder.rows.rows;
    const columns = decoder.rows.finish();
    const batch: RecordBatch = { schema: { fields }, rows: count, columns, selection: undefined, ...changes.take() };
    for (const [at, row] of rowsOf(batch).entries()) {
      rows.push([KINDS.get(batch.changes?.[at] ?? CHANGE.insert) ?? '?', ...row, ...(beside[at] ?? [])]);
    }
    beside = [];
  };
  const parts = records.map((record) => encoder.encode(record));
  const bytes = Buffer.concat(parts);
  let start = 0;
  for (const [at, { length }] of parts.entries()) {
    const failure = decoder.decodeRecord(bytes, start, start + length, (change) => {
      decoder.rows.accept();
      beside.push([...decoder.metadata]);
      changes.add(change);
    });
    if (failure !== undefined) failures.push(failure);
    start += length;
    if (cuts.includes(at)) finish();
  }
  finish();
  return { rows, failures };
}
