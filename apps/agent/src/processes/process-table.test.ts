import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { openProcessTable, parsePsLine, parseStat } from './process-table.ts';

it('a process name may hold anything', () => {
  const stat = `42 (a) b (c d)) S 1 40 40 0 -1 4194560 ${'0 '.repeat(12)}777 1000 50`;
  expect(parseStat(stat)).toEqual({ pid: 42, group: 40, startTicks: '777' });
  expect(parseStat(stat.replace(' S ', ' Z '))).toBeUndefined();
  expect(parseStat('')).toBeUndefined();
});

it('a line of ps is read too', () => {
  expect(parsePsLine('  42   40  2048 Ss   Tue Nov 24 00:35:18 2026')).toEqual([
    { entry: { pid: 42, group: 40, startTicks: 'Tue Nov 24 00:35:18 2026' }, rssBytes: 2_097_152 },
  ]);
  expect(parsePsLine('42 40 0 Z Tue Nov 24 00:35:18 2026')).toEqual([]);
});

it('a living process is found with its group, memory and directory, a dead one is not', async () => {
  const table = openProcessTable();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  });
  const { pid = 0 } = child;
  expect(await table.get(pid)).toMatchObject({ pid, group: pid });
  expect((await table.all()).some((entry) => entry.pid === pid)).toBe(true);
  expect(await table.rssBytes(pid)).toBeGreaterThan(1_000_000);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(await table.get(pid)).toBeUndefined();
});
