import type { SplitRun } from '@millrace/batch';
import type { Clock, RejectedRecord, SourceBatch, SourceReader, Split, SplitProgress } from '@millrace/contracts';
import type { SplitId } from '@millrace/model';
import { Arrival } from '../arrival.ts';
import type { DecodeFailure } from '../formats/format.ts';
import { type Block, BlockQueue } from './block-queue.ts';
import type { FileDecoder } from './file-decoder.ts';
import type { FilesRoot } from './files-root.ts';
import { type Framing, framingOf, lineEnd } from './framing.ts';
import { type FileSplit, parseSplit } from './split.ts';
import type { FilesSourceTable } from './table.ts';

/** How far one file is. */
interface OpenFile {
  readonly split: FileSplit;
  /** Next byte not yet returned by poll. */
  offset: number;
  insideRejected: boolean;
  /** The beginning of a record whose end is in the next block. */
  rest: Buffer | undefined;
}

/** The first block of the queue, with the rest of the one before it in front. */
interface Window {
  readonly file: OpenFile;
  readonly block: Block;
  readonly bytes: Buffer;
  /** Of the first byte, in the file. */
  readonly position: number;
  at: number;
}

const REJECTED_MAX = 1_000;
/** A record that has not ended after this many bytes is rejected. */
const RECORD_BYTES_MAX = 4 * 1024 * 1024;
/** What is kept of a record that is too long. */
const REJECTED_BYTES_MAX = 16 * 1024;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Decodes files one after the other, straight from the blocks read ahead into columns. */
export class FileReader implements SourceReader {
  readonly #queue: BlockQueue;
  readonly #decoder: FileDecoder;
  readonly #clock: Clock;
  readonly #framing: Framing;
  readonly #files = new Map<SplitId, OpenFile>();
  readonly #arrival = new Arrival();
  #window: Window | undefined;
  #finished: SplitId[] = [];

  constructor(table: FilesSourceTable, decoder: FileDecoder, root: FilesRoot, clock: Clock) {
    this.#clock = clock;
    this.#decoder = decoder;
    this.#framing = framingOf(table.format);
    this.#queue = new BlockQueue(root, () => this.#arrival.notify());
  }

  addSplits(splits: readonly Split[]): void {
    const added = splits.map(parseSplit);
    for (const split of added) {
      const { offset, insideRejected = false } = split.start;
      this.#files.set(split.id, { split, offset, insideRejected, rest: undefined });
    }
    this.#queue.add(added);
  }

  async poll(maxRows: number, waitMs: number, signal: AbortSignal): Promise<SourceBatch> {
    const { blocks } = this.#queue;
    await this.#arrival.wait(() => blocks.length > 0 || this.#queue.failure !== undefined, waitMs, signal);
    signal.throwIfAborted();
    if (this.#queue.failure !== undefined && blocks.length === 0) throw this.#queue.failure;
    const runs: SplitRun[] = [];
    const rejected: RejectedRecord[] = [];
    let bytes = 0;
    this.#decoder.filter?.begin(this.#clock.now());
    // Strings are slices of their block; a batch goes on into the next one, and copies, only while it is small.
    for (
      let rowsMax = maxRows;
      blocks.length > 0 && this.#decoder.decoded < rowsMax;
      rowsMax = Math.ceil(maxRows / 4)
    ) {
      if (rejected.length >= REJECTED_MAX) break;
      bytes += this.#decodeBlock(maxRows, runs, rejected);
    }
    const leftOut = this.#decoder.filter?.takeBatch() ?? 0;
    const batch = runs.length === 0 ? undefined : this.#decoder.finish(runs);
    const finishedSplits = this.#finished;
    this.#finished = [];
    return { batch, leftOut, rejected, finishedSplits, bytes };
  }

  snapshot(): readonly FileSplit[] {
    return [...this.#files.values()].map(({ split, offset, insideRejected }) => {
      const { file, modifiedAt } = split.start;
      return { ...split, start: { file, offset, modifiedAt, ...(insideRejected ? { insideRejected } : {}) } };
    });
  }

  /** How many records a file holds is not known before it is read. */
  progress(): readonly SplitProgress[] {
    return Array.from(this.#files.keys(), (split) => ({
      split,
      lagRecords: undefined,
      lagMs: undefined,
      caughtUp: false,
    }));
  }

  async onCheckpointComplete(): Promise<void> {}

  close(): Promise<void> {
    return this.#queue.close();
  }

  /** Decodes the first block until it ends or the batch is full; returns the bytes it finished with. */
  #decodeBlock(maxRows: number, runs: SplitRun[], rejected: RejectedRecord[]): number {
    const window = this.#openWindow();
    if (window === undefined) return 0;
    const { file, block, bytes } = window;
    const from = this.#decoder.rows;
    while (window.at < bytes.length && this.#decoder.decoded < maxRows && rejected.length < REJECTED_MAX) {
      const end = this.#framing.endOf(bytes, window.at, bytes.length);
      if (end >= 0) this.#decodeRecord(window, end, rejected);
      else if (!this.#decodeUnended(window, rejected)) break;
    }
    const run = { split: file.split.id, from, to: this.#decoder.rows };
    const leftOut = this.#decoder.filter?.takeRun();
    if (leftOut !== undefined) runs.push({ ...run, leftOut });
    else if (run.to > from) runs.push(run);
    const isDone = window.at >= bytes.length || file.rest !== undefined;
    if (!isDone) return 0;
    this.#window = undefined;
    this.#queue.shift();
    if (block.last) this.#finish(file);
    return block.bytes.length;
  }

  #openWindow(): Window | undefined {
    if (this.#window !== undefined) return this.#window;
    const [block] = this.#queue.blocks;
    const file = block === undefined ? undefined : this.#files.get(block.split.id);
    if (block === undefined || file === undefined) {
      this.#queue.shift();
      return undefined;
    }
    const { rest } = file;
    const bytes = rest === undefined ? block.bytes : Buffer.concat([rest, block.bytes]);
    const window: Window = { file, block, bytes, position: block.position - (rest?.length ?? 0), at: 0 };
    file.rest = undefined;
    if (window.position === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) window.at = BYTE_ORDER_MARK.length;
    if (file.insideRejected) {
      const end = lineEnd(bytes, 0, bytes.length);
      file.insideRejected = end < 0;
      this.#moveTo(window, end < 0 ? bytes.length : end);
    }
    this.#window = window;
    return window;
  }

  #decodeRecord(window: Window, end: number, rejected: RejectedRecord[]): void {
    const { bytes, at, file } = window;
    if (!this.#framing.isBlank(bytes, at, end)) {
      const failure = this.#decoder.decode(bytes, at, end, file.split);
      if (failure !== undefined) rejected.push(rejection(failure, window, end));
    }
    this.#moveTo(window, end);
  }

  /** The record goes on behind the window. False: more bytes are needed to tell. */
  #decodeUnended(window: Window, rejected: RejectedRecord[]): boolean {
    const { bytes, at, file, block } = window;
    const { length } = bytes;
    const line = lineEnd(bytes, at, length);
    if (block.last) {
      const failure = this.#decoder.decode(bytes, at, length, file.split);
      if (failure?.code === 'csv.quote' && line >= 0) return this.#rejectLine(window, line, rejected);
      if (failure !== undefined) rejected.push(rejection(failure, window, length));
      this.#moveTo(window, length);
      return true;
    }
    if (length - at <= RECORD_BYTES_MAX) {
      file.rest = bytes.subarray(at);
      return false;
    }
    if (line >= 0) return this.#rejectLine(window, line, rejected);
    const message = `a record is longer than ${RECORD_BYTES_MAX} bytes`;
    rejected.push(rejection({ code: 'filesystem.record-too-long', message }, window, at + REJECTED_BYTES_MAX));
    file.insideRejected = true;
    this.#moveTo(window, length);
    return true;
  }

  /** A quote that is never closed would swallow the rest of the file: only its line is at fault. */
  #rejectLine(window: Window, line: number, rejected: RejectedRecord[]): boolean {
    const message = 'a quote is opened and never closed';
    rejected.push(rejection({ code: 'csv.quote', message }, window, line));
    this.#moveTo(window, line);
    return true;
  }

  #moveTo(window: Window, at: number): void {
    window.at = at;
    window.file.offset = window.position + at;
  }

  #finish(file: OpenFile): void {
    this.#files.delete(file.split.id);
    this.#finished.push(file.split.id);
  }
}

function rejection(failure: DecodeFailure, { file, bytes, position, at }: Window, end: number): RejectedRecord {
  const lineBreak = /\r?\n$/.exec(bytes.toString('latin1', Math.max(at, end - 2), end))?.[0].length ?? 0;
  return {
    split: file.split.id,
    position: `file ${file.split.start.file}, byte ${position + at}`,
    errorCode: failure.code,
    error: failure.message,
    key: undefined,
    value: Uint8Array.from(bytes.subarray(at, end - lineBreak)),
    ...(failure.mayBeIgnored === true ? { mayBeIgnored: true } : {}),
  };
}
