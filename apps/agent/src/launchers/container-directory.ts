import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Ids of containers are UUIDs; nothing else ever becomes part of a path. */
export const CONTAINER_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const processSchema = z.object({
  pid: z.int().positive(),
  startTicks: z.string(),
  bootId: z.string(),
  startedAt: z.number(),
  memoryMb: z.number(),
});
/** `process.json`: how to find the process again. */
export type ProcessRecord = z.infer<typeof processSchema>;

const endSchema = z.object({
  status: z.enum(['finished', 'failed']),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  endedAt: z.number(),
  pid: z.int().nullable(),
  startedAt: z.number().nullable(),
  forgotten: z.boolean(),
});
/** `end.json`: how it ended, as far as the agent knows. */
export type EndRecord = z.infer<typeof endSchema>;

/** `exit.json`, written by the runtime as its last act: the only witness when the agent was away. */
const exitSchema = z.object({ code: z.int(), reason: z.string() });
export type ExitRecord = z.infer<typeof exitSchema>;

/**
 * The directory of one container, `containers/<id>`: container.json (0600, removed at its end), process.json,
 * end.json, exit.json, and the logs. That the directory exists means: this id was launched, never again.
 */
export class ContainerDirectory {
  readonly path: string;

  constructor(root: string, id: string) {
    if (!CONTAINER_ID.test(id)) throw new Error('a container id is a UUID in lower case');
    this.path = join(root, id);
  }

  /** False when the id was launched before. */
  async claim(root: string): Promise<boolean> {
    try {
      await mkdir(this.path, { mode: 0o700 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
    await syncDirectory(root);
    return true;
  }

  writeConfig(config: unknown): Promise<void> {
    return this.#write('container.json', config);
  }

  /** The application token does not outlive the container. */
  async removeConfig(): Promise<void> {
    await rm(join(this.path, 'container.json'), { force: true });
  }

  writeProcess(record: ProcessRecord): Promise<void> {
    return this.#write('process.json', record);
  }

  readProcess(): Promise<ProcessRecord | undefined> {
    return this.#read('process.json', processSchema);
  }

  writeEnd(record: EndRecord): Promise<void> {
    return this.#write('end.json', record);
  }

  readEnd(): Promise<EndRecord | undefined> {
    return this.#read('end.json', endSchema);
  }

  readExit(): Promise<ExitRecord | undefined> {
    return this.#read('exit.json', exitSchema);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** Temp file, fsync, rename, fsync of the directory: whole or not there. */
  async #write(name: string, value: unknown): Promise<void> {
    const temporary = join(this.path, `.${name}.tmp`);
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(value)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(this.path, name));
    await syncDirectory(this.path);
  }

  /** Undefined when it is missing or damaged: both mean that nobody can vouch for what it would say. */
  async #read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const text = await readFile(join(this.path, name), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}

/** Ids of all containers ever launched here and not yet cleaned up, oldest first. */
export async function listContainers(root: string): Promise<string[]> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await chmod(root, 0o700);
  const ids = (await readdir(root)).filter((name) => CONTAINER_ID.test(name));
  const born = await Promise.all(ids.map(async (id) => ({ id, at: (await stat(join(root, id))).birthtimeMs })));
  return born.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
