import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ContainerLaunch, NodeHeartbeat } from '@millrace/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openProcessTable } from './processes/process-table.ts';
import { startTestScheduler, type TestScheduler } from './testing/scheduler.ts';

const TOKEN = 'c'.repeat(40);
const APPLICATION_TOKEN = 'application-token-'.padEnd(40, 'a');
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const table = openProcessTable();
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let scheduler: TestScheduler;
const agents: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-agent-'));
  writeFileSync(join(folder, 'token'), TOKEN);
  mkdirSync(join(folder, 'runtime'));
  for (const role of ['master', 'worker']) {
    // .js files of a module package, as the bundles are.
    copyFileSync(new URL('testing/container-program.mjs', import.meta.url), join(folder, 'runtime', `${role}.js`));
  }
  writeFileSync(join(folder, 'runtime/package.json'), '{"type":"module"}');
  scheduler = await startTestScheduler(TOKEN);
});

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill('SIGKILL');
  const pids = new Set(
    scheduler.heartbeats.flatMap(({ containers }) => containers.map(({ id, pid }) => `${id} ${pid}`)),
  );
  for (const [id, pid] of [...pids].map((pair) => pair.split(' '))) {
    if (id === undefined || !Number(pid)) continue;
    if ((await table.workingDirectory(Number(pid)))?.includes(id) === true) process.kill(-Number(pid), 'SIGKILL');
  }
  await scheduler.close();
  rmSync(folder, { recursive: true, force: true });
});

interface RunningAgent {
  readonly child: ChildProcess;
  readonly logUrl: string;
}

async function startAgent(): Promise<RunningAgent> {
  const child = spawn(process.execPath, ['--import', TSX, MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      SECRET_OF_THE_AGENT: 'canary',
      MILLRACE_SCHEDULER_URL: scheduler.url,
      MILLRACE_CLUSTER_TOKEN_FILE: join(folder, 'token'),
      MILLRACE_NODE_ID: 'node-1',
      MILLRACE_AGENT_DIR: join(folder, 'agent'),
      MILLRACE_NODE_VCORES: '4',
      MILLRACE_NODE_MEMORY_MB: '2048',
      MILLRACE_RUNTIME_DIR: join(folder, 'runtime'),
      MILLRACE_FILES_ROOT: join(folder, 'files'),
    },
  });
  agents.push(child);
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const said = JSON.parse(line);
    if (said.ready === true) return { child, logUrl: said.logUrl };
  }
  throw new Error('the agent ended before it was ready');
}

function order(what: string, memoryMb = 512): ContainerLaunch {
  const id = randomUUID();
  return {
    id,
    resource: { vcores: 1, memoryMb },
    config: {
      container: id,
      application: what,
      job: { id: 'j', name: 'job' },
      role: 'worker',
      attempt: 1,
      schedulerUrl: scheduler.url,
      token: APPLICATION_TOKEN,
      checkpointDir: folder,
      memoryMb,
    },
  };
}

const is =
  (id: string, status: string) =>
  ({ containers }: NodeHeartbeat): boolean =>
    containers.some((container) => container.id === id && container.status === status);
const find = (heartbeat: NodeHeartbeat, id: string) => heartbeat.containers.find((container) => container.id === id);

async function ends(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return exit;
}

async function log(
  url: string,
  id: string,
  query = '',
  stream = 'stdout',
): Promise<{ offset: number; sizeBytes: number; text: string }> {
  const response = await fetch(`${url}/containers/${id}/logs/${stream}${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(response.status).toBe(200);
  return response.json() as never;
}

it('a wanted container runs with a clean environment and the settings of connectors, a private config and a log; a stopped one ends and is forgotten', async () => {
  const agent = await startAgent();
  const wanted = order('serve');
  scheduler.wanted = [wanted];
  const running = find(
    await scheduler.until((beat) => is(wanted.id, 'running')(beat) && (find(beat, wanted.id)?.rssBytes ?? 0) > 0),
    wanted.id,
  );
  expect(running?.startedAt).toBeGreaterThan(0);

  const directory = join(folder, 'agent/containers', wanted.id);
  expect(statSync(join(directory, 'container.json')).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const { text } = await log(agent.logUrl, wanted.id);
  const { env } = JSON.parse(text.split('\n')[0] ?? '');
  expect(Object.keys(env).sort()).toEqual(['HOME', 'LANG', 'MILLRACE_FILES_ROOT', 'NODE_ENV', 'PATH', 'TMPDIR', 'TZ']);
  expect((await log(agent.logUrl, wanted.id, '', 'stderr')).text).toBe('a line on stderr\n');

  scheduler.wanted = [];
  scheduler.stop = [{ id: wanted.id, graceMs: 5_000, reason: 'canceled' }];
  const ended = find(await scheduler.until(is(wanted.id, 'finished')), wanted.id);
  expect(ended).toMatchObject({ exitCode: 0, reason: 'stopped: canceled' });
  expect(existsSync(join(directory, 'container.json'))).toBe(false);

  scheduler.stop = [];
  scheduler.forget = [wanted.id];
  await scheduler.until((beat) => find(beat, wanted.id) === undefined);
  expect((await log(agent.logUrl, wanted.id)).sizeBytes).toBeGreaterThan(0);
});

it('a container outlives kill -9 of its agent, is found again, and is never launched twice', async () => {
  const first = await startAgent();
  const wanted = order('serve');
  scheduler.wanted = [wanted];
  const before = find(await scheduler.until(is(wanted.id, 'running')), wanted.id);
  await ends(first.child, 'SIGKILL');
  expect(await table.get(before?.pid ?? 0)).toBeDefined();

  const second = await startAgent();
  const after = find(await scheduler.until(is(wanted.id, 'running')), wanted.id);
  expect(after).toMatchObject({ pid: before?.pid, startedAt: before?.startedAt });
  expect(new Set(scheduler.heartbeats.map(({ incarnation }) => incarnation)).size).toBe(2);

  process.kill(before?.pid ?? 0, 'SIGUSR2');
  expect(find(await scheduler.until(is(wanted.id, 'finished')), wanted.id)).toMatchObject({
    exitCode: 0,
    reason: 'done',
  });
  // Still wanted by a scheduler that has not noticed: nothing starts.
  await scheduler.until(is(wanted.id, 'finished'));
  expect((await log(second.logUrl, wanted.id)).text.split('\n').filter((line) => line.includes('"what"'))).toHaveLength(
    1,
  );
});

it('a container that ended while the agent was away is reported so; SIGTERM of the agent leaves containers alone', async () => {
  const first = await startAgent();
  const wanted = order('serve');
  scheduler.wanted = [wanted];
  const { pid } = find(await scheduler.until(is(wanted.id, 'running')), wanted.id) ?? {};
  expect(await ends(first.child, 'SIGTERM')).toBe(0);
  expect(await table.get(pid ?? 0)).toBeDefined();
  process.kill(pid ?? 0, 'SIGKILL');
  await startAgent();
  const ended = find(await scheduler.until(is(wanted.id, 'failed')), wanted.id);
  expect(ended).toMatchObject({ exitCode: null, reason: 'ended while the agent was away' });
});

it('what an agent started without writing it down is ended by the next one', async () => {
  const id = randomUUID();
  const directory = join(folder, 'agent/containers', id);
  mkdirSync(directory, { recursive: true });
  const stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    cwd: directory,
    detached: true,
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => stray.once('exit', (_, signal) => resolve(signal)));
  scheduler.wanted = [{ ...order('serve'), id }];
  const heartbeat = scheduler.until(is(id, 'failed'));
  await startAgent();
  expect(await gone).toBe('SIGKILL');
  expect(find(await heartbeat, id)?.reason).toBe('the agent ended while it launched this container');
});

it('a container above its memory is ended, and the reason has both numbers', async () => {
  await startAgent();
  const wanted = order('greedy', 150);
  scheduler.wanted = [wanted];
  const ended = find(await scheduler.until(is(wanted.id, 'failed')), wanted.id);
  expect(ended?.reason).toMatch(/^memory exceeded: \d{3} MiB of 150 MiB$/);
});

it('a stubborn container and its children are killed after the grace, also when nobody knows them', async () => {
  await startAgent();
  const stubborn = order('stubborn');
  const parent = order('parent');
  scheduler.wanted = [stubborn, parent];
  const beat = await scheduler.until((at) => is(stubborn.id, 'running')(at) && is(parent.id, 'running')(at));
  const groups = [find(beat, stubborn.id)?.pid, find(beat, parent.id)?.pid];
  scheduler.wanted = [];
  scheduler.stop = [
    { id: stubborn.id, graceMs: 100, reason: 'preempted' },
    { id: parent.id, graceMs: 100, reason: 'preempted' },
  ];
  await scheduler.until((at) => is(stubborn.id, 'finished')(at) && is(parent.id, 'finished')(at));
  expect((await table.all()).filter(({ group }) => groups.includes(group))).toEqual([]);
});

it('containers go on while the scheduler is away, and exit codes are told when it is back', async () => {
  await startAgent();
  const crash = order('exit-3');
  const clean = order('exit-0');
  scheduler.wanted = [crash, clean];
  await scheduler.until((beat) => find(beat, crash.id) !== undefined);
  scheduler.away = true;
  await expect.poll(() => scheduler.refused, { timeout: 20_000 }).toBeGreaterThan(1);
  scheduler.away = false;
  const beat = await scheduler.until((at) => is(crash.id, 'failed')(at) && is(clean.id, 'finished')(at));
  expect(find(beat, crash.id)).toMatchObject({ exitCode: 3, reason: 'ended with exit code 3' });
});

it('a log is capped while it is written, and its offsets never go back', async () => {
  const agent = await startAgent();
  const wanted = order('chatty');
  scheduler.wanted = [wanted];
  await scheduler.until(is(wanted.id, 'running'));
  const live = join(folder, 'agent/containers', wanted.id, 'stdout.log');
  let tail = await log(agent.logUrl, wanted.id, '?offset=-100');
  while (!tail.text.includes('line 199999')) {
    await scheduler.until(() => true);
    const next = await log(agent.logUrl, wanted.id, '?offset=-100');
    expect(next.sizeBytes).toBeGreaterThanOrEqual(tail.sizeBytes);
    tail = next;
  }
  await scheduler.until(() => statSync(live).size < 8 << 20);
  const start = await log(agent.logUrl, wanted.id, '?offset=0&limit=1000');
  expect(start.text).toHaveLength(1000);
});

it('the log server refuses every path that is not a container and a stream, and everybody without the token', async () => {
  const { logUrl } = await startAgent();
  const wanted = order('serve');
  scheduler.wanted = [wanted];
  await scheduler.until(is(wanted.id, 'running'));
  const { hostname, port } = new URL(logUrl);
  const attempts = [
    '../../token',
    '..%2f..%2ftoken',
    '%2e%2e/%2e%2e/token',
    '....//....//token',
    '..%252f..%252ftoken',
    '/etc/passwd',
    '%00',
    `${wanted.id}/../../../token`,
    `${wanted.id}%00`,
    '..\\..\\token',
    '%c0%ae%c0%ae/token',
    '.',
    '..',
    '',
  ].flatMap((bad) => [`/containers/${bad}/logs/stdout`, `/containers/${wanted.id}/logs/${bad}`]);
  attempts.push(
    `/containers/${wanted.id}/logs/container.json`,
    `/containers/${wanted.id}/container.json`,
    '/',
    `/containers/${wanted.id.toUpperCase()}/logs/stdout`,
  );
  const raw = await import('node:http');
  for (const path of attempts) {
    const status = await new Promise((resolve, reject) => {
      raw
        .get({ hostname, port, path, headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .once('error', reject);
    }).catch((error) => error.code);
    expect([404, 400, 'ERR_UNESCAPED_CHARACTERS'], path).toContain(status);
  }
  for (const headers of [
    {},
    { authorization: 'Bearer ' },
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: APPLICATION_TOKEN },
  ]) {
    const response = await fetch(`${logUrl}/containers/${wanted.id}/logs/stdout`, { headers: headers as never });
    expect(response.status).toBe(401);
  }
  expect(readFileSync(join(folder, 'token'), 'utf8')).toBe(TOKEN);
});

it('a wrong environment is told whole, at once', async () => {
  const { parseEnvironment } = await import('./env.ts');
  const wrong = { MILLRACE_SCHEDULER_URL: 'nowhere', MILLRACE_NODE_ID: '../x', MILLRACE_NODE_VCORES: '-1' };
  expect(() => parseEnvironment(wrong)).toThrow(
    /SCHEDULER_URL[\s\S]*TOKEN_FILE[\s\S]*NODE_ID[\s\S]*NODE_VCORES[\s\S]*RUNTIME_DIR/,
  );
});
