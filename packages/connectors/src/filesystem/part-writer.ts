import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { EncodedRows } from '../formats/format.ts';

const LINE_FEED = 10;

/** What a sealed or unfinished file is called, where it is to go, and how long it is. */
export interface PartFile {
  readonly name: string;
  /** Below the table's folder; '': the folder itself. */
  readonly folder: string;
  readonly sizeBytes: number;
}

/** One open part file: rows become lines in a buffer, and the buffer is handed to the operating system when it is full. */
export class PartWriter {
  readonly name: string;
  readonly folder: string;
  /** Monotonic ms. */
  readonly openedAt: number;
  readonly #handle: FileHandle;
  readonly #buffer: Buffer;
  #buffered = 0;
  #sizeBytes = 0;

  private constructor(handle: FileHandle, part: Omit<PartFile, 'sizeBytes'>, openedAt: number, bufferBytes: number) {
    this.name = part.name;
    this.folder = part.folder;
    this.openedAt = openedAt;
    this.#handle = handle;
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
  }

  /** Makes the file at `place`, which must not be there. */
  static async create(
    place: string,
    part: Omit<PartFile, 'sizeBytes'>,
    { openedAt, bufferBytes }: { readonly openedAt: number; readonly bufferBytes: number },
  ): Promise<PartWriter> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    return new PartWriter(handle, part, openedAt, bufferBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Rows `from` to before `to` into the buffer while there is room; the first row that did not go in. */
  append({ bytes, starts, ends }: EncodedRows, from: number, to: number): number {
    const before = this.#buffered;
    let next = from;
    for (; next < to; next++) {
      const start = starts[next] ?? 0;
      const end = ends[next] ?? 0;
      if (this.#buffered + end - start + 1 > this.#buffer.length) break;
      this.#buffer.set(bytes.subarray(start, end), this.#buffered);
      this.#buffered += end - start;
      this.#buffer[this.#buffered++] = LINE_FEED;
    }
    this.#sizeBytes += this.#buffered - before;
    return next;
  }

  /** Makes room; a row that alone is larger than the buffer goes around it. The row that is next. */
  async makeRoom({ bytes, starts, ends }: EncodedRows, row: number): Promise<number> {
    await this.drain();
    const start = starts[row] ?? 0;
    const end = ends[row] ?? 0;
    if (end - start < this.#buffer.length) return row;
    await this.#writeAll(Buffer.concat([bytes.subarray(start, end), Buffer.of(LINE_FEED)]));
    this.#sizeBytes += end - start + 1;
    return row + 1;
  }

  async drain(): Promise<void> {
    const filled = this.#buffer.subarray(0, this.#buffered);
    this.#buffered = 0;
    await this.#writeAll(filled);
  }

  /** Everything so far survives this process. */
  async sync(): Promise<void> {
    await this.drain();
    await this.#handle.sync();
  }

  async finish(): Promise<PartFile> {
    await this.sync();
    await this.#handle.close();
    return { name: this.name, folder: this.folder, sizeBytes: this.#sizeBytes };
  }

  /** Gives up what is buffered. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
  }
}
