import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointId } from '@millrace/model';
import { parseCheckpointDirectory } from './checkpoint-directory.ts';
import { METADATA, readCheckpointMetadata } from './checkpoint-files.ts';
import { syncDirectory } from './durable-file.ts';

/**
 * Removes files that no checkpoint needs. A checkpoint names all files it needs, in its own directory and in those of earlier ones; it is there as
 * long as its metadata file is. So what is needed is read off the directory alone, and a crash anywhere leaves files for the next sweep to find:
 *
 *   - in directories with a metadata file everything stays;
 *   - of directories without one, older than `newest`, what no metadata file names goes: discarded checkpoints, and those that failed;
 *   - `newest` and what is younger stay: a checkpoint being written may build upon one that failed after `newest`, on none that failed before.
 */
export class FileSweep {
  readonly #root: string;
  /** By directory; a checkpoint does not change once written. */
  readonly #needs = new Map<string, readonly string[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** `newest` is the last completed one of kind checkpoint. Removes nothing when a metadata file cannot be read: nobody knows what it needs. */
  async run(newest: CheckpointId): Promise<void> {
    const directories = await readdir(this.#root);
    const needed = new Set<string>();
    const without: string[] = [];
    for (const name of directories) {
      const place = parseCheckpointDirectory(name);
      if (place === undefined) continue;
      const files = await readdir(join(this.#root, name));
      if (!files.includes(METADATA)) {
        if (place.id < newest) without.push(name);
        continue;
      }
      for (const location of await this.#needsOf(name)) needed.add(location);
    }
    for (const name of this.#needs.keys()) if (!directories.includes(name)) this.#needs.delete(name);
    let emptied = 0;
    for (const name of without) if (await this.#removeAllBut(needed, name)) emptied++;
    if (emptied > 0) await syncDirectory(this.#root);
  }

  async #needsOf(name: string): Promise<readonly string[]> {
    const known = this.#needs.get(name);
    if (known !== undefined) return known;
    const { subtasks } = await readCheckpointMetadata(this.#root, `${name}/${METADATA}`);
    const needs = subtasks.flatMap(({ state }) => state.map(({ location }) => location));
    this.#needs.set(name, needs);
    return needs;
  }

  /** True when the directory is gone. */
  async #removeAllBut(needed: ReadonlySet<string>, name: string): Promise<boolean> {
    const directory = join(this.#root, name);
    let kept = 0;
    for (const file of await readdir(directory)) {
      if (needed.has(`${name}/${file}`)) kept++;
      else await rm(join(directory, file), { force: true, recursive: true });
    }
    if (kept === 0) await rmdir(directory);
    return kept === 0;
  }
}
