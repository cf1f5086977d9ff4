import { access, constants, mkdir } from 'node:fs/promises';
import type { Committer, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import type { Guarantee, Schema } from '@millrace/model';
import { createEncoder } from '../formats/record-format.ts';
import { FilesCommitter } from './committer.ts';
import { removeFiles } from './durable.ts';
import { fileError } from './errors.ts';
import type { FilesRoot } from './files-root.ts';
import { attemptOfPending, sinkTag } from './part-file.ts';
import type { Place } from './placing.ts';
import type { FilesSinkTable } from './table.ts';
import { FilesWriter } from './writer.ts';

/** Part files in one folder, or in those of their partitions below it, which is made when it is missing. All nodes must see the same folder. */
export class FilesSink implements Sink {
  readonly guarantee: Guarantee = 'exactly-once';
  readonly #table: FilesSinkTable;
  readonly #schema: Schema;
  readonly #root: FilesRoot;

  constructor(table: FilesSinkTable, schema: Schema, root: FilesRoot) {
    this.#table = table;
    this.#schema = schema;
    this.#root = root;
    // A column the format cannot hold is refused now, not when the first row comes.
    createEncoder(table.format, schema.fields, table.columns);
  }

  async prepare(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#folder();
  }

  async createWriter(context: WriterContext): Promise<SinkWriter> {
    const folder = await this.#folder();
    // Nobody else removes what a dead writer left when nothing is ever committed.
    if (context.guarantee !== 'exactly-once' && context.subtask === 0) {
      const tag = sinkTag(context);
      await removeFiles(folder, (name) => (attemptOfPending(name, tag) ?? Infinity) < context.attempt);
    }
    return new FilesWriter(this.#table, this.#schema, this.#place(folder), context);
  }

  async createCommitter(context: Omit<WriterContext, 'subtask'>): Promise<Committer> {
    return new FilesCommitter(this.#place(await this.#folder()), this.#table.path, context);
  }

  #place(base: string): Place {
    return { root: this.#root, base, successFile: this.#table.successFile };
  }

  /** Checked again whenever it is opened: links may have changed. */
  async #folder(): Promise<string> {
    const place = this.#root.locate(this.#table.path);
    try {
      const folder = await this.#root.vetted(place);
      await mkdir(folder, { recursive: true, mode: 0o750 });
      await access(folder, constants.W_OK | constants.X_OK);
      return folder;
    } catch (error) {
      throw fileError(error, 'preparing the folder', this.#root.shown(place));
    }
  }
}
