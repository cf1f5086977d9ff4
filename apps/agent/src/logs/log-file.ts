import { constants } from 'node:fs';
import { appendFile, copyFile, type FileHandle, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogStream } from '@millrace/protocol';

/**
 * A container writes to `stdout.log` (O_APPEND) and never learns that it is capped, because it must be able to
 * outlive the agent. When the file is too long the agent copies it to `stdout-<start>.log`, where `start` is
 * the offset of its first byte in the whole stream, and truncates the original. One such older part is kept.
 *
 * So offsets never go back: the stream is [start .. start + old size) in the older part, then the live file.
 * What is written while it is copied is copied too; only lines written between the last look and the truncation are lost. A crash between
 * copy and truncation shows the same lines twice.
 */
export const LOG_PART_BYTES_MAX = 8 << 20;
/** A container that writes faster than it is copied is cut all the same. */
const CATCH_UPS_MAX = 10;

/** A file's place in the stream. */
interface Part {
  readonly path: string;
  readonly start: number;
  readonly sizeBytes: number;
}

export function liveLogPath(directory: string, stream: LogStream): string {
  return join(directory, `${stream}.log`);
}

/** Cuts the live file when it is longer than `maxBytes`. */
export async function rotateLog(directory: string, stream: LogStream, maxBytes = LOG_PART_BYTES_MAX): Promise<void> {
  const { older, live } = await partsOf(directory, stream);
  if (live === undefined || live.sizeBytes <= maxBytes) return;
  const temporary = join(directory, `.${stream}.tmp`);
  await copyFile(live.path, temporary);
  for (let caughtUp = 0; caughtUp < CATCH_UPS_MAX; caughtUp++) if (!(await copyRest(live.path, temporary))) break;
  await rename(temporary, join(directory, `${stream}-${live.start}.log`));
  await truncate(live.path, 0);
  if (older !== undefined && older.start !== live.start) await rm(older.path, { force: true });
}

/** Appends to `copy` what `path` has beyond it; false when there was nothing. */
async function copyRest(path: string, copy: string): Promise<boolean> {
  const [{ size }, { size: copied }] = await Promise.all([stat(path), stat(copy)]);
  if (size <= copied) return false;
  await appendFile(copy, await readPart({ path, start: 0, sizeBytes: size }, copied, size - copied));
  return true;
}

/**
 * Up to `limit` bytes from `offset` as text; a negative offset counts from the end. Starts later than asked when
 * that part is gone, and ends before a character that is not complete yet. Each byte that is no UTF-8 becomes
 * one `?`, so that `offset` plus the byte length of the text is where to go on.
 */
export async function readLog(
  directory: string,
  stream: LogStream,
  offset: number,
  limit: number,
): Promise<{ offset: number; sizeBytes: number; text: string }> {
  const { older, live } = await partsOf(directory, stream);
  const parts = [older, live].filter((part) => part !== undefined);
  const first = parts[0]?.start ?? 0;
  const last = parts.at(-1);
  const size = last === undefined ? 0 : last.start + last.sizeBytes;
  let from = Math.min(Math.max(offset < 0 ? size + offset : offset, first), size);
  let bytes = Buffer.alloc(0);
  for (const part of parts) {
    const at = from + bytes.length;
    if (bytes.length >= limit || at >= part.start + part.sizeBytes) continue;
    bytes = Buffer.concat([bytes, await readPart(part, at - part.start, limit - bytes.length)]);
  }
  if (offset < 0) {
    const skipped = continuationBytes(bytes);
    from += skipped;
    bytes = bytes.subarray(skipped);
  }
  const whole = bytes.subarray(0, bytes.length - unfinishedBytes(bytes));
  return { offset: from, sizeBytes: size, text: decode(whole) };
}

async function partsOf(
  directory: string,
  stream: LogStream,
): Promise<{ older: Part | undefined; live: Part | undefined }> {
  const names = await readdir(directory).catch(() => []);
  const starts = names
    .map((name) => new RegExp(`^${stream}-(\\d+)\\.log$`).exec(name)?.[1])
    .filter((start) => start !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
  const older =
    starts[0] === undefined ? undefined : await partAt(join(directory, `${stream}-${starts[0]}.log`), starts[0]);
  const live = await partAt(liveLogPath(directory, stream), older === undefined ? 0 : older.start + older.sizeBytes);
  return { older, live };
}

async function partAt(path: string, start: number): Promise<Part | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? { path, start, sizeBytes: found.size } : undefined;
}

async function readPart(part: Part, position: number, limit: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    // A container could replace its own log by a link to anywhere.
    file = await open(part.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const buffer = Buffer.alloc(Math.min(limit, part.sizeBytes - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** Bytes at the start that belong to a character which began before. */
function continuationBytes(bytes: Uint8Array): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count++;
  return count;
}

/** Bytes at the end of a character whose rest has not been read. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    // A whole slice of one unfinished character would never get further.
    return needed > back && back < bytes.length ? back : 0;
  }
  return 0;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes.map((byte) => (byte > 127 ? 0x3f : byte))).toString('latin1');
  }
}
