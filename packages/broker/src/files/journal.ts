import { closeSync, existsSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32c } from '@millrace/kafka-protocol';
import { DiskRefusedError } from './disk-refused-error.ts';
import { replaceFile, syncDirectory, writeFully } from './durable-file.ts';
import { type FlushPolicy, GroupCommit } from './group-commit.ts';

const FRAME_HEADER_BYTES = 10;
const FORMAT = 1;
const COMPACT_BYTES_MIN = 1024 * 1024;

/**
 * An append log of JSON entries for the state that is not in partitions: committed offsets and transactions.
 *
 *     frame    uint32 length · uint32 crc32c of what follows · uint16 version = 1 · JSON (length - 2 bytes)
 *
 * The journal is replayed at start; the first frame that is short or damaged is the torn tail of a crash and is cut off.
 * When the file is more than twice what the live state needs, it is replaced by a snapshot in one rename.
 */
export class Journal<Entry> {
  private readonly path: string;
  private readonly replay: (entry: Entry) => void;
  private readonly snapshot: () => Iterable<Entry>;
  private fd: number;
  private sizeBytes: number;
  private closed = false;
  private compactAtBytes: number;
  private readonly commit: GroupCommit;
  private readonly policy: FlushPolicy;
  private readonly mode: number;

  /**
   * @param replay applies an entry: called for every stored one, in order, before the constructor returns, and for every
   *   new one once it is written
   * @param snapshot gives entries that rebuild the present state; called when the file is compacted
   * @param mode who may open the file; 0o600 for what must stay a secret
   */
  constructor(options: {
    readonly path: string;
    readonly flush: FlushPolicy;
    readonly replay: (entry: Entry) => void;
    readonly snapshot: () => Iterable<Entry>;
    readonly onSync: () => void;
    readonly mode?: number;
  }) {
    this.mode = options.mode ?? 0o666;
    this.path = options.path;
    this.replay = options.replay;
    this.snapshot = options.snapshot;
    this.policy = options.flush;
    const existed = existsSync(this.path);
    this.fd = openSync(this.path, existed ? 'r+' : 'w+', this.mode);
    if (!existed) syncDirectory(dirname(this.path));
    const stored = readFileSync(this.path);
    this.sizeBytes = replayFrames(stored, options.replay);
    if (this.sizeBytes < stored.length) ftruncateSync(this.fd, this.sizeBytes);
    this.compactAtBytes = Math.max(COMPACT_BYTES_MIN, this.sizeBytes * 2);
    this.commit = new GroupCommit(
      () => ({ path: this.path, fd: this.fd, release: () => {} }),
      options.flush,
      options.onSync,
    );
  }

  /**
   * Writes and applies an entry at once; durable when the returned promise resolves. One call is atomic across a crash.
   * Rejects with a {@link DiskRefusedError}; an entry that could not be written was not applied either.
   */
  append(entry: Entry): Promise<void> {
    if (this.commit.failed !== undefined) return Promise.reject(this.commit.failed);
    // The descriptor's number may belong to another file by now.
    if (this.closed) return Promise.reject(new Error(`${this.path} is closed`));
    try {
      const frame = encodeFrame(entry);
      writeFully(this.fd, frame, this.sizeBytes);
      this.sizeBytes += frame.length;
    } catch (error) {
      return Promise.reject(new DiskRefusedError(this.path, error));
    }
    this.replay(entry);
    return this.commit.flush();
  }

  /** Resolves when everything appended so far is on the disk. */
  flush(): Promise<void> {
    return this.commit.flush();
  }

  /** Compacts when due. Called by the broker's housekeeping, never in the middle of a change of state. */
  async compact(): Promise<void> {
    if (this.sizeBytes < this.compactAtBytes) return;
    await this.commit.settled();
    if (this.closed || this.commit.failed !== undefined) return;
    const frames: Buffer[] = [];
    for (const entry of this.snapshot()) frames.push(encodeFrame(entry));
    const bytes = Buffer.concat(frames);
    replaceFile(this.path, bytes, this.mode);
    closeSync(this.fd);
    this.fd = openSync(this.path, 'r+');
    this.sizeBytes = bytes.length;
    this.compactAtBytes = Math.max(COMPACT_BYTES_MIN, bytes.length * 2);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.policy === 'group-commit' && this.commit.failed === undefined) await this.commit.flush();
    await this.commit.settled();
    closeSync(this.fd);
  }
}

function encodeFrame(entry: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(entry));
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32BE(2 + payload.length, 0);
  frame.writeUInt16BE(FORMAT, 8);
  payload.copy(frame, FRAME_HEADER_BYTES);
  frame.writeUInt32BE(crc32c(frame, 8, frame.length), 4);
  return frame;
}

/** Returns how many bytes are intact. */
function replayFrames<Entry>(bytes: Buffer, replay: (entry: Entry) => void): number {
  let at = 0;
  while (bytes.length - at >= FRAME_HEADER_BYTES) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end > bytes.length || end < at + FRAME_HEADER_BYTES) break;
    if (crc32c(bytes, at + 8, end) !== bytes.readUInt32BE(at + 4)) break;
    const version = bytes.readUInt16BE(at + 8);
    if (version !== FORMAT) throw new Error(`journal entry of version ${version}: written by a newer broker`);
    replay(JSON.parse(bytes.toString('utf8', at + FRAME_HEADER_BYTES, end)) as Entry);
    at = end;
  }
  return at;
}
