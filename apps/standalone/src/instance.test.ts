import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Instance, instanceFile, readInstance, takeOver, withdrawInstance, writeInstance } from './instance.ts';
import { identityOf, isAlive } from './process-identity.ts';

let dataDir: string;
let child: ChildProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'millrace-instance-'));
  child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
});

afterEach(() => {
  child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

function instance(supervisorPid: number, startTicks?: string): Instance {
  return {
    supervisor: startTicks === undefined ? identityOf(supervisorPid) : { pid: supervisorPid, startTicks },
    portalUrl: 'http://127.0.0.1:3000',
    apiUrl: 'http://127.0.0.1:3000/api/v1',
    schedulerUrl: 'http://127.0.0.1:9180',
    kafkaBrokers: '127.0.0.1:9092',
    kafkaStatusUrl: null,
    databaseUrl: 'postgresql://u:p@127.0.0.1:1/millrace',
    redisUrl: null,
    startedAt: new Date(0).toISOString(),
    processes: [{ name: 'scheduler', ...identityOf(child.pid ?? 0) }],
  };
}

test('a data folder held by a living instance is refused, and the instance is left alone', async () => {
  writeInstance(dataDir, instance(child.pid ?? 0));
  await expect(takeOver(dataDir)).rejects.toThrow(/already runs on this data folder/);
  expect(isAlive(identityOf(child.pid ?? 0))).toBe(true);
});

test('what a killed instance left behind is ended by the next start', async () => {
  // A supervisor with this pid but another start time: the pid was reused, the instance is dead.
  writeInstance(dataDir, instance(process.ppid, '1'));
  const left = identityOf(child.pid ?? 0);
  expect(await takeOver(dataDir)).toEqual({ leftovers: 1 });
  expect(isAlive(left)).toBe(false);
  expect(readInstance(dataDir)).toBeUndefined();
});

test('a process that only reuses a leftover pid is not touched', async () => {
  const earlier = instance(process.ppid, '1');
  writeInstance(dataDir, { ...earlier, processes: [{ name: 'scheduler', pid: child.pid ?? 0, startTicks: '1' }] });
  expect(await takeOver(dataDir)).toEqual({ leftovers: 0 });
  expect(isAlive(identityOf(child.pid ?? 0))).toBe(true);
});

test('whoever loses the race for a folder leaves the names of the winner where they are', () => {
  writeInstance(dataDir, instance(child.pid ?? 0));
  withdrawInstance(dataDir);
  expect(readInstance(dataDir)?.supervisor.pid).toBe(child.pid);
  writeInstance(dataDir, instance(process.pid));
  withdrawInstance(dataDir);
  expect(readInstance(dataDir)).toBeUndefined();
});

test('instance.json is readable by its owner only: it holds the database password', () => {
  writeInstance(dataDir, instance(process.pid));
  expect(statSync(instanceFile(dataDir)).mode & 0o777).toBe(0o600);
});
