import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveLogPath, readLog, rotateLog } from './log-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const append = (text: string | Uint8Array): void => appendFileSync(liveLogPath(directory, 'stdout'), text);
const read = (offset: number, limit = 1_000) => readLog(directory, 'stdout', offset, limit);

it('reads on by offset plus bytes, over a rotation, and starts later when the beginning is gone', async () => {
  append('0123456789');
  expect(await read(3, 4)).toEqual({ offset: 3, sizeBytes: 10, text: '3456' });
  await rotateLog(directory, 'stdout', 5);
  append('abc');
  expect(await read(8)).toEqual({ offset: 8, sizeBytes: 13, text: '89abc' });
  append('defghi');
  await rotateLog(directory, 'stdout', 5);
  append('XYZ');
  expect(await read(0)).toEqual({ offset: 10, sizeBytes: 22, text: 'abcdefghiXYZ' });
  expect(await read(-4)).toEqual({ offset: 18, sizeBytes: 22, text: 'iXYZ' });
  expect(await read(99)).toEqual({ offset: 22, sizeBytes: 22, text: '' });
});

it('never cuts a character, and following a log by offset gives all of it for every slice size', async () => {
  const text = 'añ€😀z'.repeat(5);
  append(text);
  for (let limit = 4; limit < 20; limit++) {
    let whole = '';
    let offset = 0;
    for (;;) {
      const slice = await read(offset, limit);
      if (slice.text === '') break;
      whole += slice.text;
      offset = slice.offset + Buffer.byteLength(slice.text);
    }
    expect(whole).toBe(text);
  }
  expect((await read(-2)).text).toBe('z');
});

it('a byte that is no text counts as one character', async () => {
  append(Uint8Array.of(0x61, 0xff, 0x62));
  expect(await read(0)).toEqual({ offset: 0, sizeBytes: 3, text: 'a?b' });
});

it('a container that replaces its log by a link does not lead out of its directory', async () => {
  writeFileSync(join(directory, 'secret'), 'secret');
  symlinkSync(join(directory, 'secret'), liveLogPath(directory, 'stdout'));
  await expect(read(0)).rejects.toThrow();
});

it('a log that does not exist is empty', async () => {
  expect(await read(0)).toEqual({ offset: 0, sizeBytes: 0, text: '' });
});
