import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirLockedError, lockDataDir } from './data-dir-lock.ts';
import { Journal } from './journal.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-journal-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function open(replayed: string[], snapshot: () => string[] = () => []): Journal<string> {
  const replay = (entry: string) => void replayed.push(entry);
  return new Journal<string>({ path: join(directory, 'j'), flush: 'group-commit', replay, snapshot, onSync: () => {} });
}

describe('a journal', () => {
  it('replays what was durable, in order, and loses nothing but the torn tail', async () => {
    const journal = open([]);
    await Promise.all(['a', 'b', 'c'].map((entry) => journal.append(entry)));
    await journal.close();
    const path = join(directory, 'j');
    const whole = readFileSync(path);
    for (let cut = 1; cut < 13; cut++) {
      writeFileSync(path, whole);
      truncateSync(path, whole.length - cut);
      const replayed: string[] = [];
      const again = open(replayed);
      expect(replayed).toEqual(['a', 'b']);
      await again.append('d');
      await again.close();
      const after: string[] = [];
      await open(after).close();
      expect(after).toEqual(['a', 'b', 'd']);
    }
  });

  it('is replaced by a snapshot when it has outgrown the state', async () => {
    const journal = open([], () => ['state']);
    const large = 'x'.repeat(300_000);
    for (let i = 0; i < 4; i++) await journal.append(large);
    await journal.compact();
    await journal.append('later');
    await journal.close();
    const replayed: string[] = [];
    await open(replayed).close();
    expect(replayed).toEqual(['state', 'later']);
    expect(statSync(join(directory, 'j')).size).toBeLessThan(100);
  });

  it('refuses entries after it was closed', async () => {
    const journal = open([]);
    await journal.close();
    await expect(journal.append('x')).rejects.toThrow('closed');
  });
});

describe('the lock of a data directory', () => {
  it('is held by one broker at a time', () => {
    const unlock = lockDataDir(directory);
    expect(() => lockDataDir(directory)).toThrow(DataDirLockedError);
    unlock();
    lockDataDir(directory)();
  });

  it('is taken over from a process that died, also when its id lives on in another one', () => {
    for (const owner of ['{"pid":999999999,"startTime":"1"}', `{"pid":${process.pid},"startTime":"1"}`, '', '{']) {
      writeFileSync(join(directory, 'broker.lock'), owner);
      lockDataDir(directory)();
    }
  });
});
