import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommitOutcome, Committer, DeadWriters, WriterContext } from '@millrace/contracts';
import { StreamError } from '@millrace/model';
import { retrying } from '../retrying.ts';
import { removeFiles, sizeOf, writeWhole } from './durable.ts';
import { fileError } from './errors.ts';
import { attemptOfPending, markName, pendingName, sinkTag } from './part-file.ts';
import { type Place, placeFile, settle } from './placing.ts';
import {
  type CommitMarks,
  decideFile,
  type FilesCommittable,
  isMarked,
  parseFilesCommittable,
  parseMarks,
} from './staging.ts';

/**
 * Gives sealed files their final names: renames them into the folders of their partitions, syncs these, and notes in the mark how far it came.
 * A commit that comes again finds the mark, or the files under their final names.
 */
export class FilesCommitter implements Committer {
  readonly #place: Place;
  /** As people know the folder. */
  readonly #shown: string;
  readonly #tag: string;
  /** One commit at a time: they share the mark. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(place: Place, shown: string, context: Pick<WriterContext, 'job' | 'operator'>) {
    this.#place = place;
    this.#shown = shown;
    this.#tag = sinkTag(context);
  }

  commit(value: unknown, signal: AbortSignal): Promise<CommitOutcome> {
    const committable = parseFilesCommittable(value);
    const done = this.#turn.then(() => this.#attempt('committing files', signal, () => this.#apply(committable)));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async abortLingering({ attempt }: DeadWriters, signal: AbortSignal): Promise<void> {
    await this.#attempt('removing unfinished files', signal, () =>
      removeFiles(this.#place.base, (name) => (attemptOfPending(name, this.#tag) ?? Infinity) < attempt),
    );
  }

  async close(): Promise<void> {
    await this.#turn;
  }

  async #apply(committable: FilesCommittable): Promise<CommitOutcome> {
    const marks = await this.#readMarks();
    if (isMarked(marks, committable)) return { kind: 'committed' };
    const lost: string[] = [];
    for (const { name, folder = '', sizeBytes } of committable.files) {
      const pendingBytes = await sizeOf(this.#place.base, pendingName(name));
      const finalBytes = await sizeOf(path.join(this.#place.base, folder), name);
      const decision = decideFile(sizeBytes, { pendingBytes, finalBytes });
      if (decision === 'rename') await placeFile(this.#place, { name, folder });
      else if (decision === 'lost') {
        lost.push(`${name}: ${sizeBytes} bytes were sealed, ${pendingBytes ?? 'no file'} is left`);
      }
    }
    if (lost.length > 0) return { kind: 'lost', reason: `files of '${this.#shown}': ${lost.join(', ')}` };
    await settle(
      this.#place,
      committable.files.map(({ folder = '' }) => folder),
    );
    const { subtask, attempt, checkpoint } = committable;
    const after: CommitMarks = { ...marks, [subtask]: { attempt, checkpoint } };
    await writeWhole(this.#place.base, markName(this.#tag), `${JSON.stringify(after)}\n`);
    return { kind: 'committed' };
  }

  async #readMarks(): Promise<CommitMarks> {
    const name = markName(this.#tag);
    const text = await readFile(path.join(this.#place.base, name), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? {} : parseMarks(text, `${this.#shown}/${name}`);
  }

  /** Tries again until the signal aborts: every step may be repeated. */
  #attempt<T>(doing: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return retrying(
      async () => {
        try {
          return await work();
        } catch (error) {
          throw fileError(error, doing, this.#shown);
        }
      },
      { signal, retriable: (error) => error instanceof StreamError && error.retry === 'backoff' },
    );
  }
}
