import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Puts a whole file in place or leaves nothing: temporary file in the same directory -> write -> fsync ->
 * rename -> fsync of the directory (Pillai et al., OSDI 2014). A failed fsync fails the write; it is never
 * tried again on the same descriptor, because the kernel may have dropped the dirty pages.
 */
export async function writeFileDurably(directory: string, name: string, parts: Iterable<Uint8Array>): Promise<void> {
  const temporary = join(directory, `.${name}.${randomUUID()}.tmp`);
  try {
    await writeAndSync(temporary, parts);
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Creates the directory; when it is new, its parent is synced as well. */
export async function makeDirectoryDurably(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true });
  if (created !== undefined) await syncDirectory(dirname(directory));
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAndSync(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    for (const chunk of chunksOf(parts)) await writeAll(handle, chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Many small parts as few writes: each costs a thread its turn. What makes the parts has the loop to itself for so many bytes only. */
const CHUNK_BYTES = 1 << 20;

function* chunksOf(parts: Iterable<Uint8Array>): Iterable<readonly Uint8Array[]> {
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (part.length === 0) continue;
    chunk.push(part);
    bytes += part.length;
    if (bytes < CHUNK_BYTES && chunk.length < CHUNK_PARTS) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** Systems take 1,024 at least. */
const CHUNK_PARTS = 512;

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: readonly Uint8Array[]): Promise<void> {
  let left = chunk;
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left);
    left = without(left, bytesWritten);
  }
}

/** What is left when the first so many bytes are gone. */
function without(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let gone = bytes;
  let at = 0;
  for (; at < parts.length && gone >= (parts[at]?.length ?? 0); at++) gone -= parts[at]?.length ?? 0;
  const first = parts[at];
  return first === undefined ? [] : [first.subarray(gone), ...parts.slice(at + 1)];
}
