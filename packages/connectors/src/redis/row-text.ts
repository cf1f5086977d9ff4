import { type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { DataType, Field } from '@millrace/model';
import { jsonText } from '../formats/json-text.ts';

/** A value that is not NULL as the text of a hash field or of a part of a key: digits and characters as they are. */
export function fieldText(value: Value, type: DataType): string {
  const text = jsonText(value, type);
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}

/** The fields of a hash as the JSON object of a row. `texts[i]` belongs to `fields[i]`. */
export function objectOf(fields: readonly Field[], texts: readonly (Buffer | null)[]): Uint8Array {
  const members = fields.flatMap(({ name, type }, at) => {
    const text = texts[at]?.toString('utf8');
    return text === undefined ? [] : [`${JSON.stringify(name)}:${isBare(type) ? text : JSON.stringify(text)}`];
  });
  return new TextEncoder().encode(`{${members.join(',')}}`);
}

/** Numbers may stand in quotes, so that a text that is none is told as such; these are JSON themselves. */
function isBare({ kind }: DataType): boolean {
  return kind === 'boolean' || kind === 'array' || kind === 'map' || kind === 'row';
}

/** One row of a batch as values. */
export function rowAt(batch: RecordBatch, number: number): readonly Value[] {
  return batch.schema.fields.map(({ type }, at) => {
    const column = batch.columns[at];
    return column === undefined ? null : valueAt(column, type, number);
  });
}
