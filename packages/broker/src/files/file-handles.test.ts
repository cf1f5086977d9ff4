import { fstatSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHandles } from './file-handles.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-handles-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('file handles', () => {
  it('are never more than the limit, whatever number of files is written to', () => {
    const handles = new FileHandles(4);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) {
        writeSync(handles.use(join(directory, `${i}`)), `${round}`, round);
        expect(handles.size).toBeLessThanOrEqual(4);
      }
    }
    for (let i = 0; i < 20; i++) expect(readFileSync(join(directory, `${i}`), 'utf8')).toBe('012');
    for (let i = 0; i < 20; i++) handles.forget(join(directory, `${i}`));
    expect(handles.size).toBe(0);
  });

  it('of a file that was deleted while it was pinned do not become those of its successor', () => {
    const handles = new FileHandles(2);
    const path = join(directory, 'a');
    const pinned = handles.pin(path);
    writeSync(pinned.fd, 'old');
    handles.forget(path);
    renameSync(path, join(directory, 'deleted'));
    writeSync(handles.use(path), 'new');
    expect(fstatSync(pinned.fd).ino).not.toBe(fstatSync(handles.use(path)).ino);
    pinned.release();
    expect(() => fstatSync(pinned.fd)).toThrow('EBADF');
    expect(readFileSync(path, 'utf8')).toBe('new');
    handles.forget(path);
  });

  it('stay open while they are pinned, and are closed like the others afterwards', () => {
    const handles = new FileHandles(2);
    const pinned = ['a', 'b', 'c'].map((name) => handles.pin(join(directory, name)));
    for (let i = 0; i < 5; i++) handles.use(join(directory, `${i}`));
    for (const { fd } of pinned) expect(fstatSync(fd).size).toBe(0);
    for (const file of pinned) file.release();
    for (let i = 0; i < 3; i++) handles.use(join(directory, `${i}`));
    expect(handles.size).toBe(2);
    for (let i = 0; i < 5; i++) handles.forget(join(directory, `${i}`));
    expect(handles.size).toBe(0);
  });
});
