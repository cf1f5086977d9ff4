import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RecordBatch } from '@millrace/batch';
import type { SinkWriter, WriterContext } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { EncodedRows, Encoder } from '../formats/format.ts';
import { createEncoder } from '../formats/record-format.ts';
import { syncFolder } from './durable.ts';
import { fileError } from './errors.ts';
import { partName, pendingName } from './part-file.ts';
import type { FilesCommittable } from './staging.ts';
import type { FilesSinkTable } from './table.ts';

interface OpenPart {
  readonly name: string;
  readonly handle: FileHandle;
  /** Monotonic ms. */
  readonly openedAt: number;
  sizeBytes: number;
}

/** Collected before it is handed to the operating system. */
const BUFFER_BYTES = 256 * 1024;
const LINE_FEED = 10;

/**
 * Rows to lines of part files. A file is finished (synced and closed) when the rolling policy says so, and at
 * each checkpoint. Until then, and under exactly-once until the checkpoint is committed, it has a pending
 * name that readers pass over; under at-least-once it gets its final name with the next flush.
 */
export class FilesWriter implements SinkWriter {
  readonly #table: FilesSinkTable;
  readonly #context: WriterContext;
  /** Resolved and checked. */
  readonly #folder: string;
  readonly #encoder: Encoder;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #buffered = 0;
  #part: OpenPart | undefined;
  #numbers = 0;
  #checkpoint = 1;
  #finished: { readonly name: string; readonly sizeBytes: number }[] = [];

  constructor(table: FilesSinkTable, schema: Schema, folder: string, context: WriterContext) {
    this.#table = table;
    this.#context = context;
    this.#folder = folder;
    this.#encoder = createEncoder(table.format, schema.fields, table.columns);
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    const rows = this.#encoder.encode(batch);
    if (rows.count === 0) return undefined;
    // Most batches only fill the buffer: nothing to wait for.
    const next = this.#part === undefined || this.#mustRoll(this.#part) ? 0 : this.#append(rows, 0);
    return next === rows.count ? undefined : this.#guarded(() => this.#writeRows(rows, next));
  }

  async flush(): Promise<void> {
    await this.#guarded(async () => {
      if (this.#context.guarantee !== 'exactly-once') {
        await this.#finish();
        await this.#publish();
      } else if (this.#part !== undefined) {
        await this.#drain(this.#part);
        await this.#part.handle.sync();
      }
    });
  }

  async prepareCommit(): Promise<readonly unknown[]> {
    if (this.#context.guarantee !== 'exactly-once') return [];
    await this.#guarded(async () => {
      await this.#finish();
      if (this.#finished.length > 0) await syncFolder(this.#folder);
    });
    if (this.#finished.length === 0) return [];
    const { subtask, attempt } = this.#context;
    const sealed: FilesCommittable = { subtask, attempt, checkpoint: this.#checkpoint++, files: this.#finished };
    this.#finished = [];
    return [sealed];
  }

  /** What no checkpoint sealed goes; if that fails, the next attempt removes it. */
  async close(): Promise<void> {
    const names = this.#finished.map(({ name }) => name);
    const part = this.#part;
    this.#part = undefined;
    if (part !== undefined) {
      names.push(part.name);
      await part.handle.close();
    }
    for (const name of names) await rm(path.join(this.#folder, pendingName(name)), { force: true });
  }

  async #writeRows(rows: EncodedRows, from: number): Promise<void> {
    for (let next = from; next < rows.count; ) {
      if (this.#part !== undefined && this.#mustRoll(this.#part)) await this.#finish();
      this.#part ??= await this.#begin();
      next = this.#append(rows, next);
      if (next < rows.count) {
        await this.#drain(this.#part);
        // A row that alone is larger than the buffer goes around it.
        next = await this.#writeLarge(this.#part, rows, next);
      }
    }
  }

  /** Lines into the buffer while there is room; the first row that did not go in. */
  #append({ bytes, starts, ends, count }: EncodedRows, from: number): number {
    const before = this.#buffered;
    let next = from;
    for (; next < count; next++) {
      const start = starts[next] ?? 0;
      const end = ends[next] ?? 0;
      if (this.#buffered + end - start + 1 > BUFFER_BYTES) break;
      this.#buffer.set(bytes.subarray(start, end), this.#buffered);
      this.#buffered += end - start;
      this.#buffer[this.#buffered++] = LINE_FEED;
    }
    this.#count(this.#buffered - before);
    return next;
  }

  async #writeLarge(part: OpenPart, { bytes, starts, ends }: EncodedRows, row: number): Promise<number> {
    const start = starts[row] ?? 0;
    const end = ends[row] ?? 0;
    if (end - start < BUFFER_BYTES) return row;
    await writeAll(part.handle, Buffer.concat([bytes.subarray(start, end), Buffer.of(LINE_FEED)]));
    this.#count(end - start + 1);
    return row + 1;
  }

  #count(bytes: number): void {
    if (this.#part !== undefined) this.#part.sizeBytes += bytes;
    if (bytes > 0) this.#context.metrics.count('bytes_out_total', bytes);
  }

  #mustRoll({ sizeBytes, openedAt }: OpenPart): boolean {
    const { fileBytesMax, rolloverIntervalMs } = this.#table;
    return sizeBytes >= fileBytesMax || this.#context.clock.monotonic() - openedAt >= rolloverIntervalMs;
  }

  async #begin(): Promise<OpenPart> {
    const name = partName(this.#context, this.#numbers++, this.#table.format.kind);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await open(
      path.join(this.#folder, pendingName(name)),
      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
      0o640,
    );
    return { name, handle, openedAt: this.#context.clock.monotonic(), sizeBytes: 0 };
  }

  async #drain({ handle }: OpenPart): Promise<void> {
    const filled = this.#buffer.subarray(0, this.#buffered);
    this.#buffered = 0;
    await writeAll(handle, filled);
  }

  /** The open file is complete and survives this process, still under its pending name. */
  async #finish(): Promise<void> {
    const part = this.#part;
    if (part === undefined) return;
    await this.#drain(part);
    await part.handle.sync();
    await part.handle.close();
    this.#part = undefined;
    this.#finished.push({ name: part.name, sizeBytes: part.sizeBytes });
  }

  async #publish(): Promise<void> {
    if (this.#finished.length === 0) return;
    for (const { name } of this.#finished) {
      await rename(path.join(this.#folder, pendingName(name)), path.join(this.#folder, name));
    }
    this.#finished = [];
    await syncFolder(this.#folder);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw fileError(error, 'writing files', this.#table.path);
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
