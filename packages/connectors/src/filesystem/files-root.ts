import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { StreamError } from '@millrace/model';
import { invalidOption } from '../option/option-values.ts';
import { pathProblem } from './options.ts';

/** The setting an administrator changes to allow files, or others. */
export const FILES_ROOT_SETTING = 'MILLRACE_FILES_ROOT';

/**
 * The one folder jobs may read and write below. Users write paths; whatever they write, and whatever links lie
 * on the way, nothing outside this folder is touched: paths are checked as text first and again as they
 * really are (`realpath`), right before they are opened without following a last link.
 */
export class FilesRoot {
  readonly #root: string | undefined;

  /** Absolute; undefined: jobs may not use files at all. */
  constructor(root: string | undefined) {
    this.#root = root === undefined ? undefined : path.resolve(root);
  }

  /** The absolute path an option names. Throws `options.invalid` or `filesystem.no-root`. */
  locate(option: string): string {
    const root = this.#requireRoot();
    const problem = pathProblem(option);
    if (problem !== undefined) throw invalidOption('path', `option 'path' ${problem}`);
    const written = option.replace(/^file:\/\//, '');
    const place = path.isAbsolute(written) && !isInside(root, written) ? undefined : path.resolve(root, written);
    if (place !== undefined && isInside(root, place)) return place;
    const message = `option 'path' names '${option}', which is outside the folder for files; write a path below it, such as 'exports/orders' (an administrator sets the folder with ${FILES_ROOT_SETTING})`;
    throw invalidOption('path', message);
  }

  /** The path below the root, with forward slashes: how people and checkpoints know a file. */
  shown(absolute: string): string {
    return path.relative(this.#requireRoot(), absolute).split(path.sep).join('/') || '.';
  }

  /** The names of the folders between the folder an option names and a file below it, from the outside in. */
  below(option: string, shown: string): readonly string[] {
    return path.relative(this.locate(option), path.dirname(this.absolute(shown))).split(path.sep);
  }

  absolute(shown: string): string {
    return path.resolve(this.#requireRoot(), shown);
  }

  /**
   * `absolute` with all links resolved as far as it exists, to be opened at once. Throws
   * `filesystem.outside-root` when a link leads out of the folder.
   */
  async vetted(absolute: string): Promise<string> {
    const root = await realpath(this.#requireRoot()).catch(noFolder);
    const real = await realOf(absolute);
    if (isInside(root, real)) return real;
    const message = `'${this.shown(absolute)}' leads out of the folder for files through a symbolic link; put the files themselves there, or let an administrator change ${FILES_ROOT_SETTING}`;
    throw new StreamError('filesystem.outside-root', message, { domain: 'user', retry: 'never', detail: real });
  }

  #requireRoot(): string {
    if (this.#root !== undefined) return this.#root;
    const message = `files are not available to jobs here; an administrator allows them by setting ${FILES_ROOT_SETTING} to a folder on every node`;
    throw new StreamError('filesystem.no-root', message, { domain: 'external', retry: 'never' });
  }
}

function noFolder(thrown: unknown): never {
  const message = `the folder for files does not exist on this node; an administrator makes it, or changes ${FILES_ROOT_SETTING}`;
  throw new StreamError('filesystem.no-root', message, { domain: 'external', retry: 'backoff', cause: thrown });
}

function isInside(root: string, place: string): boolean {
  const relative = path.relative(root, place);
  return relative === '' || (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative));
}

/** The real path of the nearest ancestor that exists, with the rest behind it. */
async function realOf(absolute: string): Promise<string> {
  const missing: string[] = [];
  for (let place = absolute; ; place = path.dirname(place)) {
    try {
      return path.join(await realpath(place), ...missing);
    } catch (error) {
      const isMissing = error instanceof Error && Reflect.get(error, 'code') === 'ENOENT';
      if (!isMissing || place === path.dirname(place)) throw error;
      missing.unshift(path.basename(place));
    }
  }
}
