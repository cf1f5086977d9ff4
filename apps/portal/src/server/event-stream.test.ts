import { STREAM_TOPICS_MAX, STREAMS_PER_USER_MAX } from '@millrace/protocol/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, startTestPortal, type TestPortal } from '../testing/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal();
}, 120_000);
afterAll(() => portal?.close());

const SQL = `CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM ticks;`;

async function createJob(name: string): Promise<string> {
  const token = await portal.token('developer');
  const response = await portal.call('POST', '/jobs', { body: { name, sql: SQL }, token });
  return ((await response.json()) as { id: string }).id;
}

interface Reader {
  readonly status: number;
  /** Reads on until the text has come; the whole of what has come so far. Rejects when the stream ends first. */
  until(wanted: string): Promise<string>;
  /** Reads to the end of the stream. */
  rest(): Promise<string>;
  close(): Promise<void>;
}

async function read(response: Response): Promise<Reader> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async () => {
    const part = await reader?.read();
    if (part === undefined || part.done) return false;
    text += part.value;
    return true;
  };
  return {
    status: response.status,
    async until(wanted) {
      while (!text.includes(wanted)) if (!(await next())) throw new Error(`the stream ended before ${wanted}: ${text}`);
      return text;
    },
    async rest() {
      while (await next());
      return text;
    },
    async close() {
      await reader?.cancel();
    },
  };
}

const stream = async (topics: string, token: string, headers: Record<string, string> = {}) =>
  read(await portal.call('GET', `/stream?topics=${topics}`, { token, headers }));

test('a topic that does not exist, none at all or too many are refused by name', async () => {
  const token = await portal.token('viewer');
  const ids = Array.from({ length: STREAM_TOPICS_MAX + 1 }, () => `job:${crypto.randomUUID()}`);
  for (const topics of ['secrets', 'overview,job:1', '', ids.join(',')]) {
    const response = await portal.call('GET', `/stream?topics=${topics}`, { token });
    expect([response.status, ((await response.json()) as { code: string }).code], topics).toEqual([
      422,
      'stream.topics',
    ]);
  }
});

test('a user has five streams at a time; a closed one makes room, other users are not touched', async () => {
  const token = await portal.token('viewer');
  const open: Reader[] = [];
  for (let n = 0; n < STREAMS_PER_USER_MAX; n++) open.push(await stream('jobs', token));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  expect((await stream('jobs', token)).status).toBe(429);
  const other = await stream('jobs', await portal.token('developer'));
  expect(other.status).toBe(200);
  await open.pop()?.close();
  const again = await stream('jobs', token);
  expect(again.status).toBe(200);
  for (const reader of [...open, again, other]) await reader.close();
});

test('a stream that is opened again with the last id it saw begins with what changed meanwhile', async () => {
  const job = await createJob('changed-meanwhile');
  const token = await portal.token('viewer');
  const first = await stream(`job:${job}`, token);
  const seen = await first.until('"desired":null');
  const id = /^id: (\d+)$/m.exec(seen)?.[1] ?? '';
  expect(id).not.toBe('');
  await first.close();
  await portal.call('POST', `/jobs/${job}/start`, { body: {}, token: await portal.token('developer') });
  const second = await stream(`job:${job}`, token, { 'last-event-id': id });
  expect(await second.until('event: job:')).not.toContain('"desired":null');
  await second.until('"desired":"running"');
  await second.close();
}, 60_000);

test('a job that is deleted is told as null', async () => {
  const job = await createJob('deleted-meanwhile');
  const reader = await stream(`job:${job}`, await portal.token('viewer'));
  await reader.until('"desired":null');
  await portal.call('DELETE', `/jobs/${job}`, { token: await portal.token('developer') });
  await reader.until(`event: job:${job}\ndata: null`);
  await reader.close();
}, 60_000);

test('a stream beats while its session lives and ends when the session is revoked', async () => {
  const { eventStream } = await import('./event-stream.ts');
  const { callerOf } = await import('./session.ts');
  const signedIn = await portal.call('POST', '/session', { body: { username: 'viewer', password: PASSWORD } });
  const { token } = (await signedIn.json()) as { token: string };
  const request = new Request('http://localhost/api/v1/stream', { headers: { authorization: `Bearer ${token}` } });
  const caller = await callerOf(request);
  if (caller === undefined) throw new Error('the session was not found');
  const reader = await read(eventStream(request, caller, ['jobs'], 20));
  await reader.until('event: heartbeat');
  await portal.call('DELETE', '/session', { token });
  expect(await reader.rest()).toMatch(/event: session-ended\ndata: \{\}\n\n$/);
}, 60_000);
