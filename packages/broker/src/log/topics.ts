import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DiskRefusedError } from '../files/disk-refused-error.ts';
import { makeDirectory, replaceFile, syncDirectory } from '../files/durable-file.ts';
import { FileHandles } from '../files/file-handles.ts';
import type { FlushPolicy } from '../files/group-commit.ts';
import { RecentlyUsed } from '../files/recently-used.ts';
import type { RecycledBuffers } from '../files/recycled-buffers.ts';
import { type LogPolicy, logPolicy } from './log-policy.ts';
import { Partition } from './partition.ts';
import type { SegmentResources } from './segment.ts';
import type { TopicConfig } from './topic-config.ts';

export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly partitions: Partition[];
  config: TopicConfig;
  /** The same as numbers. */
  policy: LogPolicy;
}

interface StoredTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly config: TopicConfig;
}

/** Open files of all partitions together. */
const OPEN_FILES_MAX = 256;
/** Indexes of sealed segments in memory, at most 160 KiB each with the default segment size. */
const INDEXES_MAX = 64;

const TOPIC_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Kafka's rule for topic names. They become directory names, so nothing else may pass. */
export function isTopicName(name: string): boolean {
  return TOPIC_NAME.test(name);
}

/**
 * All topics and their partitions. `topics.json` is the truth about which exist: it is replaced in one rename before a
 * topic is used and before one is deleted; directories it does not name are leftovers of a crash and are removed.
 */
export class Topics {
  private readonly byName = new Map<string, Topic>();
  private readonly byId = new Map<string, Topic>();
  private readonly dataDir: string;
  private readonly flush: FlushPolicy;
  private readonly onSync: () => void;
  /** The partitions that are there at start were left in order. */
  private wasStopped: boolean;
  private readonly resources: SegmentResources;

  constructor(options: {
    readonly dataDir: string;
    readonly flush: FlushPolicy;
    readonly onSync: () => void;
    readonly buffers: RecycledBuffers;
  }) {
    this.dataDir = options.dataDir;
    this.flush = options.flush;
    this.onSync = options.onSync;
    this.resources = {
      handles: new FileHandles(OPEN_FILES_MAX),
      indexes: new RecentlyUsed(INDEXES_MAX),
      buffers: options.buffers,
    };
    makeDirectory(join(this.dataDir, 'logs'));
    this.wasStopped = this.takeStopMark();
    const stored = existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as StoredTopic[]) : [];
    const known = new Set(stored.flatMap((t) => Array.from({ length: t.partitions }, (_, i) => `${t.name}-${i}`)));
    for (const name of readdirSync(join(this.dataDir, 'logs'))) {
      if (!known.has(name)) rmSync(join(this.dataDir, 'logs', name), { recursive: true });
    }
    for (const { name, id, partitions, config } of stored) {
      const topic: Topic = { name, id, config, policy: logPolicy(config), partitions: [] };
      this.open(topic, partitions);
      this.byName.set(name, topic);
      this.byId.set(id, topic);
    }
    this.wasStopped = false;
  }

  get(name: string): Topic | undefined {
    return this.byName.get(name);
  }

  getById(id: string): Topic | undefined {
    return this.byId.get(id);
  }

  partition(topic: string, partition: number): Partition | undefined {
    return this.byName.get(topic)?.partitions[partition];
  }

  /** Log files that are open now. */
  get openFiles(): number {
    return this.resources.handles.size;
  }

  all(): Topic[] {
    return [...this.byName.values()];
  }

  /** Creates a topic; the caller has checked name, count and configuration. */
  create(name: string, partitions: number, config: TopicConfig): Topic {
    const topic: Topic = { name, id: randomUUID(), partitions: [], config, policy: logPolicy(config) };
    this.grow(topic, partitions);
    this.byName.set(topic.name, topic);
    this.byId.set(topic.id, topic);
    return topic;
  }

  /** Adds partitions up to the count. When the disk refuses, there are as many as before. */
  grow(topic: Topic, partitions: number): void {
    const before = topic.partitions.length;
    try {
      this.open(topic, partitions);
      this.save(this.byName.has(topic.name) ? this.all() : [...this.all(), topic]);
    } catch (error) {
      for (const partition of topic.partitions.splice(before)) void partition.close();
      throw error instanceof DiskRefusedError ? error : new DiskRefusedError(this.file, error);
    }
  }

  configure(topic: Topic, config: TopicConfig): void {
    this.save(this.all().map((other) => (other === topic ? { ...topic, config } : other)));
    topic.config = config;
    topic.policy = logPolicy(config);
  }

  /** The directories are renamed first, so the name may be used again at once; then the files are closed and removed. */
  async delete(topic: Topic): Promise<void> {
    this.save(this.all().filter((other) => other !== topic));
    this.byName.delete(topic.name);
    this.byId.delete(topic.id);
    const doomed = topic.partitions.map((_, i) => join(this.dataDir, 'logs', `${topic.id}-${i}.deleted`));
    for (const [i, directory] of doomed.entries()) renameSync(this.directory(topic.name, i), directory);
    await Promise.all(topic.partitions.map((partition) => partition.close()));
    for (const directory of doomed) rmSync(directory, { recursive: true, force: true });
  }

  /** Closes everything in order, and says so to the next start, which then need not read the logs. */
  async close(): Promise<void> {
    const partitions = this.all().flatMap((topic) => topic.partitions);
    const prepared = succeeds(() => {
      for (const partition of partitions) partition.prepareStop();
    });
    await Promise.all(partitions.map((partition) => partition.close()));
    if (prepared) succeeds(() => replaceFile(this.stopMark, Buffer.alloc(0)));
  }

  private get stopMark(): string {
    return join(this.dataDir, 'clean-stop');
  }

  /** Whether the last stop was in order. The mark is gone before anything is written. */
  private takeStopMark(): boolean {
    if (!existsSync(this.stopMark)) return false;
    unlinkSync(this.stopMark);
    syncDirectory(this.dataDir);
    return true;
  }

  private get file(): string {
    return join(this.dataDir, 'topics.json');
  }

  private directory(topic: string, partition: number): string {
    return join(this.dataDir, 'logs', `${topic}-${partition}`);
  }

  private open(topic: Topic, partitions: number): void {
    for (let i = topic.partitions.length; i < partitions; i++) {
      const directory = this.directory(topic.name, i);
      topic.partitions.push(
        new Partition({
          directory,
          flush: this.flush,
          policy: () => topic.policy,
          resources: this.resources,
          onSync: this.onSync,
          now: Date.now,
          wasStopped: this.wasStopped,
        }),
      );
    }
  }

  private save(topics: readonly Topic[]): void {
    const stored: StoredTopic[] = topics.map(({ name, id, config, partitions }) => ({
      name,
      id,
      partitions: partitions.length,
      config,
    }));
    replaceFile(this.file, Buffer.from(`${JSON.stringify(stored, null, 1)}\n`));
  }
}

/** False when the disk refused it: the next start then reads the logs, which costs time and nothing else. */
function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof DiskRefusedError) return false;
    throw error;
  }
}
