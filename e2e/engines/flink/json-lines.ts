import type { Value } from '../../../packages/batch/src/index.ts';

export interface JsonColumn {
  readonly name: string;
  /** Its values are epoch milliseconds. */
  readonly isTime: boolean;
}

/** Rows as lines of JSON both engines read: BIGINT with all its digits, times as `2026-11-24 00:12:31.123`. */
export function jsonLines(columns: readonly JsonColumn[], rows: readonly (readonly Value[])[]): string {
  return rows
    .map((row) => {
      const fields = columns.map(({ name, isTime }, at) => `"${name}": ${written(row[at] ?? null, isTime)}`);
      return `{${fields.join(', ')}}\n`;
    })
    .join('');
}

function written(value: Value, isTime: boolean): string {
  if (isTime && value !== null) return `"${new Date(Number(value)).toISOString().replace('T', ' ').replace('Z', '')}"`;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
