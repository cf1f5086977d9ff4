import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RecordBatch } from '@millrace/batch';
import type { SinkWriter, WriterContext } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { EncodedRows, Encoder } from '../formats/format.ts';
import { createEncoder } from '../formats/record-format.ts';
import { syncFolder } from './durable.ts';
import { fileError } from './errors.ts';
import { partName, pendingName } from './part-file.ts';
import { type PartFile, PartWriter } from './part-writer.ts';
import { PartitionRouter } from './partition-router.ts';
import { type Place, placeFile, settle } from './placing.ts';
import type { FilesCommittable } from './staging.ts';
import type { FilesSinkTable } from './table.ts';

/** Collected per open file before it is handed to the operating system. */
const BUFFER_BYTES = 256 * 1024;
const PARTITION_BUFFER_BYTES = 64 * 1024;
/** Partitions with an open file in one writer; for one more the file that waited longest for a row is finished. */
const OPEN_PARTITIONS_MAX = 64;
/** Finished files of one checkpoint in one writer: they are part of it. */
const FINISHED_MAX = 20_000;

/**
 * Rows to lines of part files, one open file per partition. A file is finished (synced and closed) when the rolling policy says so, and at
 * each checkpoint. Until then, and under exactly-once until the checkpoint is committed, it has a pending
 * name that readers pass over; under at-least-once it gets its final name with the next flush.
 */
export class FilesWriter implements SinkWriter {
  readonly #table: FilesSinkTable;
  readonly #context: WriterContext;
  readonly #place: Place;
  readonly #encoder: Encoder;
  readonly #router: PartitionRouter | undefined;
  /** By folder, the one written last at the end. */
  readonly #parts = new Map<string, PartWriter>();
  #numbers = 0;
  #checkpoint = 1;
  #finished: PartFile[] = [];

  constructor(table: FilesSinkTable, schema: Schema, place: Place, context: WriterContext) {
    this.#table = table;
    this.#context = context;
    this.#place = place;
    this.#encoder = createEncoder(table.format, schema.fields, table.columns);
    this.#router = table.partitions.names.length === 0 ? undefined : new PartitionRouter(table.partitions, schema);
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    const rows = this.#encoder.encode(batch);
    if (rows.count === 0) return undefined;
    if (this.#router !== undefined) return this.#guarded(() => this.#writeRouted(batch, rows));
    // Most batches only fill the buffer: nothing to wait for.
    const part = this.#parts.get('');
    const next = part === undefined || this.#mustRoll(part) ? 0 : this.#append(part, rows, 0, rows.count);
    return next === rows.count ? undefined : this.#guarded(() => this.#writeRows('', rows, next, rows.count));
  }

  async flush(): Promise<void> {
    await this.#guarded(async () => {
      if (this.#context.guarantee !== 'exactly-once') {
        await this.#finishAll();
        await this.#publish();
      } else for (const part of this.#parts.values()) await part.sync();
    });
  }

  async prepareCommit(): Promise<readonly unknown[]> {
    if (this.#context.guarantee !== 'exactly-once') return [];
    await this.#guarded(async () => {
      await this.#finishAll();
      if (this.#finished.length > 0) await syncFolder(this.#place.base);
    });
    if (this.#finished.length === 0) return [];
    const { subtask, attempt } = this.#context;
    const files = this.#finished.map(({ folder, ...file }) => (folder === '' ? file : { ...file, folder }));
    const sealed: FilesCommittable = { subtask, attempt, checkpoint: this.#checkpoint++, files };
    this.#finished = [];
    return [sealed];
  }

  /** What no checkpoint sealed goes; if that fails, the next attempt removes it. */
  async close(): Promise<void> {
    const names = this.#finished.map(({ name }) => name);
    const parts = [...this.#parts.values()];
    this.#parts.clear();
    for (const part of parts) {
      names.push(part.name);
      await part.close();
    }
    for (const name of names) await rm(path.join(this.#place.base, pendingName(name)), { force: true });
  }

  async #writeRouted(batch: RecordBatch, rows: EncodedRows): Promise<void> {
    for (const routed of this.#router?.route(batch, rows.count) ?? []) {
      // Rows that follow one another go in one piece.
      for (let at = 0; at < routed.rows.length; ) {
        const from = routed.rows[at] ?? 0;
        let length = 1;
        while (routed.rows[at + length] === from + length) length++;
        await this.#writeRows(routed.folder, rows, from, from + length);
        at += length;
      }
    }
  }

  async #writeRows(folder: string, rows: EncodedRows, from: number, to: number): Promise<void> {
    for (let next = from; next < to; ) {
      const part = await this.#partOf(folder);
      next = this.#append(part, rows, next, to);
      if (next === to) return;
      const before = part.sizeBytes;
      next = await part.makeRoom(rows, next);
      this.#count(part.sizeBytes - before);
    }
  }

  #append(part: PartWriter, rows: EncodedRows, from: number, to: number): number {
    const before = part.sizeBytes;
    const next = part.append(rows, from, to);
    this.#count(part.sizeBytes - before);
    return next;
  }

  #count(bytes: number): void {
    if (bytes > 0) this.#context.metrics.count('bytes_out_total', bytes);
  }

  #mustRoll({ sizeBytes, openedAt }: PartWriter): boolean {
    const { fileBytesMax, rolloverIntervalMs } = this.#table;
    return sizeBytes >= fileBytesMax || this.#context.clock.monotonic() - openedAt >= rolloverIntervalMs;
  }

  /** The open file of a folder, the last of the map from now on. */
  async #partOf(folder: string): Promise<PartWriter> {
    const open = this.#parts.get(folder);
    if (open !== undefined && !this.#mustRoll(open)) {
      this.#parts.delete(folder);
      this.#parts.set(folder, open);
      return open;
    }
    if (open !== undefined) await this.#finish(open);
    const [oldest] = this.#parts.values();
    if (oldest !== undefined && this.#parts.size >= OPEN_PARTITIONS_MAX) await this.#finish(oldest);
    const part = await this.#begin(folder);
    this.#parts.set(folder, part);
    return part;
  }

  #begin(folder: string): Promise<PartWriter> {
    const extension = this.#table.format.kind === 'csv' ? 'csv' : 'json';
    const name = partName(this.#context, this.#numbers++, extension);
    const bufferBytes = this.#router === undefined ? BUFFER_BYTES : PARTITION_BUFFER_BYTES;
    const openedAt = this.#context.clock.monotonic();
    const place = path.join(this.#place.base, pendingName(name));
    return PartWriter.create(place, { name, folder }, { openedAt, bufferBytes });
  }

  /** The file is complete and survives this process, still under its pending name. */
  async #finish(part: PartWriter): Promise<void> {
    if (this.#finished.length >= FINISHED_MAX) throw this.#tooMany();
    this.#finished.push(await part.finish());
    this.#parts.delete(part.folder);
  }

  async #finishAll(): Promise<void> {
    for (const part of [...this.#parts.values()]) await this.#finish(part);
  }

  async #publish(): Promise<void> {
    if (this.#finished.length === 0) return;
    for (const file of this.#finished) await placeFile(this.#place, file);
    await settle(
      this.#place,
      this.#finished.map(({ folder }) => folder),
    );
    this.#finished = [];
  }

  #tooMany(): StreamError {
    const message = `rows of one checkpoint make more than ${FINISHED_MAX} files in '${this.#table.path}'; partition by columns with fewer values, or let checkpoints come more often`;
    return new StreamError('filesystem.too-many', message, { domain: 'user', retry: 'never' });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw fileError(error, 'writing files', this.#table.path);
    }
  }
}
