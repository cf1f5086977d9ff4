import { type RecordBatch, valueAt } from '@millrace/batch';
import { type Field, type Schema, StreamError } from '@millrace/model';
import { partitionFolder } from './partition-path.ts';
import { partitionText } from './partition-value.ts';
import type { Partitions } from './table.ts';

/** Rows of one batch that go to one folder: the numbers of the encoded rows, ascending. */
export interface RoutedRows {
  readonly folder: string;
  readonly rows: readonly number[];
}

/** Tells the folder of each row by its PARTITIONED BY columns. */
export class PartitionRouter {
  readonly #partitions: Partitions;
  readonly #fields: readonly Field[];
  /** By the values' texts: most rows of a batch go where others went. */
  readonly #folders = new Map<string, string>();

  constructor(partitions: Partitions, schema: Schema) {
    this.#partitions = partitions;
    this.#fields = partitions.columns.flatMap((column) => schema.fields[column] ?? []);
  }

  /** The selected rows of a batch by folder, in the order in which folders appear. */
  route(batch: RecordBatch, count: number): readonly RoutedRows[] {
    const routed = new Map<string, number[]>();
    for (let at = 0; at < count; at++) {
      const folder = this.#folderOf(batch, batch.selection?.[at] ?? at);
      const rows = routed.get(folder);
      if (rows === undefined) routed.set(folder, [at]);
      else rows.push(at);
    }
    return Array.from(routed, ([folder, rows]) => ({ folder, rows }));
  }

  #folderOf(batch: RecordBatch, row: number): string {
    const texts = this.#fields.map(({ type }, at) => {
      const column = batch.columns[this.#partitions.columns[at] ?? -1];
      return column === undefined ? null : partitionText(valueAt(column, type, row), type);
    });
    // Lengths, so that no two rows of texts are one key.
    const key = texts.length === 1 ? (texts[0] ?? '') : texts.map((text = '') => `${text?.length ?? 0}:${text}`).join();
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const { names, defaultName } = this.#partitions;
    const folder = partitionFolder(names, texts, defaultName);
    if (folder === undefined) throw tooLong(names, texts);
    if (this.#folders.size >= FOLDERS_MAX) this.#folders.clear();
    this.#folders.set(key, folder);
    return folder;
  }
}

const FOLDERS_MAX = 4_096;

/** A name is said, a value is not: it may be anybody's. */
function tooLong(names: readonly string[], texts: readonly (string | null)[]): StreamError {
  const longest = texts.reduce(
    (found, text, at) => ((text ?? '').length > (texts[found] ?? '').length ? at : found),
    0,
  );
  const length = (texts[longest] ?? '').length;
  const message = `a value of ${names[longest]}, ${length} characters long, is too long for the name of a folder; partition by something shorter`;
  return new StreamError('filesystem.name-too-long', message, { domain: 'user', retry: 'never' });
}
