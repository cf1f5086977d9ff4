import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StreamError } from '@millrace/model';
import { fileError } from './errors.ts';
import type { FilesRoot } from './files-root.ts';
import type { FileSplit } from './split.ts';

/** A piece of a file, read ahead. */
export interface Block {
  readonly split: FileSplit;
  readonly bytes: Buffer;
  /** Of the first byte, in the file. */
  readonly position: number;
  /** The file is read up to its stop. */
  readonly last: boolean;
}

const BLOCK_BYTES = 1024 * 1024;
/** Read ahead of what was decoded, in one reader. */
const QUEUED_BLOCKS_MAX = 3;

/**
 * The files of one reader, one after the other, as blocks: reads ahead in the background, a fixed number of
 * blocks at most. What cannot be mended becomes `failure`.
 */
export class BlockQueue {
  readonly blocks: Block[] = [];
  failure: StreamError | undefined;
  readonly #root: FilesRoot;
  readonly #onChange: () => void;
  readonly #waiting: FileSplit[] = [];
  #closed = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};

  /** `onChange` is called whenever a block or a failure appeared. */
  constructor(root: FilesRoot, onChange: () => void) {
    this.#root = root;
    this.#onChange = onChange;
  }

  /** To be read from `start.offset` to `stop.offset`, after those added before. */
  add(splits: readonly FileSplit[]): void {
    this.#waiting.push(...splits);
    this.#start();
  }

  /** The reader is done with the first block. */
  shift(): void {
    this.blocks.shift();
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#running;
  }

  #start(): void {
    if (this.#running !== undefined || this.#closed || this.failure !== undefined) return;
    this.#running = this.#readAll().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #readAll(): Promise<void> {
    for (let split = this.#waiting.shift(); split !== undefined && !this.#closed; split = this.#waiting.shift()) {
      try {
        await this.#readFile(split);
      } catch (error) {
        this.#waiting.length = 0;
        this.failure = fileError(error, 'reading files', split.start.file);
        this.#onChange();
      }
    }
  }

  async #readFile(split: FileSplit): Promise<void> {
    const { start, stop } = split;
    const real = await this.#root.vetted(this.#root.absolute(start.file));
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size < stop.offset) throw changed(split, facts.size);
      let position = start.offset;
      do {
        await this.#room();
        if (this.#closed) return;
        const bytes = await readBlock(file, position, Math.min(BLOCK_BYTES, stop.offset - position), split);
        const last = position + bytes.length >= stop.offset;
        this.blocks.push({ split, bytes, position, last });
        position += bytes.length;
        this.#onChange();
      } while (position < stop.offset);
    } finally {
      await file.close();
    }
  }

  async #room(): Promise<void> {
    while (this.blocks.length >= QUEUED_BLOCKS_MAX && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function readBlock(file: FileHandle, position: number, length: number, split: FileSplit): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw changed(split, position + filled);
    filled += bytesRead;
  }
  return bytes;
}

/** A file that lost bytes is not the file that was found: what was read of it can no longer be told from what was not. */
function changed({ start, stop }: FileSplit, sizeBytes: number): StreamError {
  const message = `'${start.file}' had ${stop.offset} bytes when it was found and has ${sizeBytes} now; files must not change once they are found: write new ones under new names`;
  return new StreamError('filesystem.changed', message, { domain: 'external', retry: 'never' });
}
