import { ROLES } from '@millrace/database';
import { api, type EndpointShape, isGranted, type Problem } from '@millrace/protocol/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startTestPortal, type TestPortal } from '../testing/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal();
}, 120_000);
afterAll(() => portal?.close());

const ID = '00000000-0000-4000-8000-000000000000';
const concrete = (path: string) =>
  path
    .replace('{topic}', 'orders')
    .replace('{name}', 'root.nobody')
    .replaceAll(/\{\w+\}/g, ID);
const problem = async (response: Response) => (await response.json()) as Problem;

const SQL = `CREATE TABLE orders (order_id BIGINT, city STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
CREATE TABLE big (order_id BIGINT, city STRING) WITH ('connector' = 'kafka', 'topic' = 'big', 'format' = 'json');
INSERT INTO big SELECT order_id, city FROM orders WHERE order_id > 10;`;

async function createJob(name: string): Promise<string> {
  const response = await portal.call('POST', '/jobs', {
    body: { name, sql: SQL },
    token: await portal.token('developer'),
  });
  const body = (await response.json()) as { id: string };
  expect(response.status, JSON.stringify(body)).toBe(201);
  return body.id;
}

describe('who may do what', () => {
  test('every endpoint of the contract is served, and nothing else but the stream', () => {
    const declared = Object.values(api).flatMap((noun) => Object.values(noun) as EndpointShape[]);
    const key = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
    const extra = ['GET /stream', 'GET /openapi.json'];
    expect(portal.served.map(key).sort()).toEqual([...declared.map(key), ...extra].sort());
  });

  test('without a session every route answers 401, except health and signing in', async () => {
    for (const { method, path, permission } of portal.served) {
      if (permission === 'public') continue;
      const { status } = await portal.call(method, concrete(path), method === 'GET' ? {} : { body: {} });
      expect(status, `${method} ${path}`).toBe(401);
    }
    const open = portal.served.filter(({ permission }) => permission === 'public');
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(['GET /healthz', 'POST /session']);
  });

  test('a role is refused with 403 exactly where its table says so', async () => {
    for (const role of ROLES) {
      const token = await portal.token(role);
      for (const { method, path, permission } of portal.served) {
        if (path === '/stream' || path.startsWith('/topics') || (method === 'DELETE' && path === '/session')) continue;
        if (isGranted(role, permission) && method === 'POST' && path.startsWith('/session')) continue;
        const { status } = await portal.call(method, concrete(path), {
          token,
          ...(method === 'GET' ? {} : { body: {} }),
        });
        if (isGranted(role, permission)) expect([401, 403], `${role} ${method} ${path}`).not.toContain(status);
        else expect(status, `${role} ${method} ${path}`).toBe(403);
      }
    }
  }, 120_000);

  test('a session is told exactly the operations the API lets it call', async () => {
    const operations = Object.entries(api).flatMap(([noun, verbs]) =>
      Object.entries(verbs as Record<string, EndpointShape>).map(([verb, shape]) => ({
        name: `${noun}.${verb}`,
        shape,
      })),
    );
    for (const role of ROLES) {
      const token = await portal.token(role);
      const { allowed } = (await (await portal.call('GET', '/session', { token })).json()) as { allowed: string[] };
      for (const { name, shape } of operations) {
        // Kafka is not there, and these two would end or replace the session that asks.
        if (shape.path.startsWith('/topics') || shape.path.startsWith('/session')) continue;
        const { status } = await portal.call(shape.method, concrete(shape.path), {
          token,
          ...(shape.method === 'GET' ? {} : { body: {} }),
        });
        expect(status !== 403, `${role} ${name}`).toBe(allowed.includes(name));
      }
    }
  }, 120_000);

  test('headers that once opened Next.js open nothing here', async () => {
    for (const headers of [
      { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' },
      { 'x-middleware-prefetch': '1' },
      { rsc: '1', 'next-router-prefetch': '1' },
      { 'x-nonce': 'x', 'x-forwarded-for': '127.0.0.1' },
    ])
      expect((await portal.call('GET', '/jobs', { headers })).status).toBe(401);
  });

  test('a log is asked for by id only: no spelling of a path gets through', async () => {
    const token = await portal.token('viewer');
    for (const name of [
      '../../etc/passwd',
      '..%2f..%2fetc%2fpasswd',
      '%2e%2e%2fsecret-key',
      '..\\secret',
      `${ID}%00`,
      `${ID}/../x`,
    ]) {
      const { status } = await portal.call('GET', `/containers/${name}/logs`, { token });
      expect([404, 422], name).toContain(status);
    }
    const stream = await portal.call('GET', `/containers/${ID}/logs?stream=../../secret-key`, { token });
    expect(stream.status).toBe(422);
  });
});

describe('sessions', () => {
  const signIn = (username: string, password: string, headers: Record<string, string> = {}) =>
    portal.call('POST', '/session', { body: { username, password }, headers });

  test('a browser gets a cookie that scripts cannot read and never the token; a script gets the token', async () => {
    const browser = await signIn('viewer', PASSWORD, { 'sec-fetch-site': 'same-origin' });
    expect(browser.status).toBe(201);
    expect(await browser.json()).not.toHaveProperty('token');
    expect(browser.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    const script = await signIn('viewer', PASSWORD);
    expect(await script.json()).toHaveProperty('token');
    const https = await signIn('viewer', PASSWORD, { 'x-forwarded-proto': 'https' });
    expect(https.headers.get('set-cookie')).toMatch(/^__Host-millrace_session=.*; Secure/);
  });

  test('with a cookie, an unsafe request needs the same origin and the token of the page', async () => {
    const signedIn = await signIn('developer', PASSWORD, { 'sec-fetch-site': 'same-origin' });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
    const attempt = async (headers: Record<string, string>) =>
      (await portal.call('POST', '/sql/diagnose', { body: { text: '' }, headers: { cookie, ...headers } })).status;
    expect(await attempt({ 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrfToken })).toBe(200);
    expect(await attempt({ 'sec-fetch-site': 'same-origin' })).toBe(403);
    expect(await attempt({ 'sec-fetch-site': 'same-origin', 'x-csrf-token': `${csrfToken}x` })).toBe(403);
    expect(await attempt({ 'sec-fetch-site': 'cross-site', 'x-csrf-token': csrfToken })).toBe(403);
    expect(await attempt({ 'sec-fetch-site': 'same-site', 'x-csrf-token': csrfToken })).toBe(403);
    expect(await attempt({ origin: 'https://evil.example', host: 'localhost', 'x-csrf-token': csrfToken })).toBe(403);
    expect((await portal.call('GET', '/jobs', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status).toBe(
      200,
    );
  });

  test('another site cannot sign somebody in', async () => {
    expect((await signIn('viewer', PASSWORD, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('guessing is slowed down per name, whatever address it claims to come from', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 25; attempt++)
      statuses.push((await signIn('nobody', 'wrong-password', { 'x-forwarded-for': `10.0.0.${attempt}` })).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    const same: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) same.push((await signIn('somebody', 'wrong-password')).status);
    expect(same).toEqual([401, 401, 401, 401, 401, 429]);
  }, 60_000);

  test('signing out, a new password and being disabled each end a session at once', async () => {
    const admin = await portal.token('admin');
    const password = 'a-first-password';
    const created = await portal.call('POST', '/users', {
      body: { username: 'eve', displayName: 'Eve', role: 'developer', password },
      token: admin,
    });
    const { id } = (await created.json()) as { id: string };
    const open = async (secret: string) => ((await (await signIn('eve', secret)).json()) as { token: string }).token;
    const works = async (token: string) => (await portal.call('GET', '/session', { token })).status === 200;

    const first = await open(password);
    expect(await works(first)).toBe(true);
    await portal.call('DELETE', '/session', { token: first });
    expect(await works(first)).toBe(false);

    const second = await open(password);
    const wrong = await portal.call('POST', '/session/password', {
      body: { current: 'not it', next: 'another-long-password' },
      token: second,
    });
    expect(wrong.status).toBe(422);
    expect((await problem(wrong)).errors).toMatchObject([{ path: 'current' }]);
    const changed = await portal.call('POST', '/session/password', {
      body: { current: password, next: 'another-long-password' },
      token: second,
    });
    expect(changed.status).toBe(200);
    expect(await works(second)).toBe(false);

    const third = await open('another-long-password');
    expect((await portal.call('PATCH', `/users/${id}`, { body: { disabled: true }, token: admin })).status).toBe(200);
    expect(await works(third)).toBe(false);
    expect((await signIn('eve', 'another-long-password')).status).toBe(401);
  });

  test('what is stored opens nothing: the database holds hashes only', async () => {
    const token = await portal.token('viewer');
    const rows = await portal.database.client.session.findMany();
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.tokenHash).not.toBe(token);
      expect((await portal.call('GET', '/session', { token: row.tokenHash })).status).toBe(401);
    }
  });
});

describe('requests', () => {
  test('a refusal is problem+json with the path of every field at fault', async () => {
    const token = await portal.token('developer');
    const body = { name: 'No Such Name', sql: '', settings: { parallelism: 0, checkpoint: { intervalMs: 1 } } };
    const response = await portal.call('POST', '/jobs', { body, token });
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const paths = (await problem(response)).errors?.map((error) => error.path);
    expect(paths).toEqual(
      expect.arrayContaining(['name', 'sql', 'settings.parallelism', 'settings.checkpoint.intervalMs']),
    );
  });

  test('what is too large, or not JSON, is refused before anything reads it', async () => {
    const token = await portal.token('developer');
    const large = await portal.call('POST', '/sql/diagnose', { body: { text: 'x'.repeat(1_100_000) }, token });
    expect(large.status).toBe(413);
    const broken = await portal.app.request('/api/v1/sql/diagnose', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{',
    });
    expect([broken.status, (await problem(broken)).code]).toEqual([400, 'request.not-json']);
    expect((await portal.call('GET', '/nothing-here', { token })).status).toBe(404);
  });

  test('the OpenAPI document describes every route', async () => {
    const response = await portal.call('GET', '/openapi.json', { token: await portal.token('viewer') });
    const document = (await response.json()) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(document.openapi).toMatch(/^3\.1/);
    for (const { method, path } of portal.served.filter(
      ({ path: route }) => route !== '/stream' && route !== '/openapi.json',
    )) {
      const found = document.paths[path] ?? document.paths[`/api/v1${path}`];
      expect(found?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
    }
  });
});

describe('jobs', () => {
  test('a broken program is refused with line and column, and nothing is written', async () => {
    const token = await portal.token('developer');
    const sql = SQL.replace('order_id > 10', 'order_idd > 10');
    const response = await portal.call('POST', '/jobs', { body: { name: 'broken', sql }, token });
    expect(response.status).toBe(422);
    expect((await problem(response)).errors?.[0]?.path).toMatch(/^sql:4:\d+$/);
    expect(await portal.database.client.job.count({ where: { name: 'broken' } })).toBe(0);
  });

  test('starting says what is wanted, wakes the scheduler and leaves an audit entry; the status is not touched', async () => {
    const id = await createJob('wanted');
    const token = await portal.token('developer');
    expect((await portal.call('POST', `/jobs/${id}/start`, { body: {}, token })).status).toBe(202);
    const job = await portal.database.client.job.findUniqueOrThrow({ where: { id } });
    expect(job).toMatchObject({ desiredState: 'running', status: 'created', desiredGeneration: 1 });
    expect(await portal.database.client.outbox.count()).toBeGreaterThan(0);
    const audit = await portal.database.client.auditEntry.findMany({
      where: { resource: `job/${id}` },
      orderBy: { id: 'asc' },
    });
    expect(audit.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'developer job.create',
      'developer job.start',
    ]);
    const again = await portal.call('POST', `/jobs/${id}/start`, { body: {}, token });
    expect([again.status, (await problem(again)).code]).toEqual([409, 'job.move-refused']);
    const missing = await portal.call('POST', `/jobs/${await createJob('no-such-point')}/start`, {
      body: { from: { checkpoint: 7 } },
      token,
    });
    expect([missing.status, (await problem(missing)).code]).toEqual([422, 'job.checkpoint-missing']);
  });

  test('two edits of one version: the first is saved, the second is told and changes nothing', async () => {
    const id = await createJob('edited');
    const token = await portal.token('developer');
    const save = (basedOn: number) =>
      portal.call('POST', `/jobs/${id}/versions`, { body: { sql: SQL, basedOn }, token });
    const first = await save(1);
    expect([first.status, await first.json()]).toEqual([201, { version: 2 }]);
    const second = await save(1);
    expect([second.status, (await problem(second)).code]).toEqual([409, 'job.changed-meanwhile']);
    const { items } = (await (await portal.call('GET', `/jobs/${id}/versions`, { token })).json()) as {
      items: { version: number }[];
    };
    expect(items.map(({ version }) => version)).toEqual([2, 1]);
  });

  test('the list filters, sorts and pages on the server, and no sort order reaches the database as text', async () => {
    const token = await portal.token('viewer');
    for (const name of ['paged-a', 'paged-b', 'paged-c']) await createJob(name);
    const list = async (query: string) => {
      const response = await portal.call('GET', `/jobs?${query}`, { token });
      return {
        status: response.status,
        ...((await response.json()) as { items?: { name: string }[]; total?: number }),
      };
    };
    const page = await list('q=paged&sort=name&direction=descending&pageSize=2&page=1');
    expect(page).toMatchObject({ total: 3, items: [{ name: 'paged-a' }] });
    expect((await list("sort=name;drop table 'Job'")).status).toBe(422);
    expect((await list('q=%25')).items).toEqual([]);
    expect((await list('status=failed,nonsense')).status).toBe(422);
  });

  test('figures that nobody reported lately are unknown, never zero', async () => {
    const response = await portal.call('GET', '/overview', { token: await portal.token('viewer') });
    expect(await response.json()).toMatchObject({
      recordsInPerSecond: null,
      lagRecords: null,
      lagMs: null,
      jobsRunning: 0,
    });
  });
});

describe('pools', () => {
  const change = async (name: string, body: unknown) =>
    portal.call('PATCH', `/queues/${name}`, { body, token: await portal.token('admin') });
  const versionOf = async (name: string) =>
    (await portal.database.client.queue.findUniqueOrThrow({ where: { name } })).version;

  test('an edit made from an old version is a conflict and applies nothing', async () => {
    const version = await versionOf('root.development');
    expect((await change('root.development', { version, maxApplications: 7 })).status).toBe(200);
    const late = await change('root.development', { version, maxApplications: 9 });
    expect([late.status, (await problem(late)).code]).toEqual([409, 'queue.changed-meanwhile']);
    expect(
      (await portal.database.client.queue.findUniqueOrThrow({ where: { name: 'root.development' } })).maxApplications,
    ).toBe(7);
  });

  test('a tree that does not fit is refused at the field, and nothing is written', async () => {
    const version = await versionOf('root.production');
    const response = await change('root.production', { version, guaranteed: { vcores: 6, memoryMb: 4096 } });
    expect(response.status).toBe(422);
    expect((await problem(response)).errors?.map(({ path }) => path)).toContain('guaranteed.vcores');
    expect(await versionOf('root.production')).toBe(version);
  });

  test('a pool below a pool can be made and, while it has no jobs, deleted', async () => {
    const token = await portal.token('admin');
    const body = {
      name: 'root.archive',
      guaranteed: { vcores: 0, memoryMb: 0 },
      maximum: { vcores: 1, memoryMb: 512 },
    };
    expect((await portal.call('POST', '/queues', { body, token })).status).toBe(201);
    expect((await portal.call('DELETE', '/queues/root.archive', { token })).status).toBe(200);
    await createJob('holds-its-pool');
    expect((await portal.call('DELETE', '/queues/root.development', { token })).status).toBe(422);
  });
});

test('a change reaches an open stream without anybody asking again', async () => {
  const id = await createJob('streamed');
  const token = await portal.token('viewer');
  const abort = new AbortController();
  const response = await portal.app.request(`/api/v1/stream?topics=job:${id}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const next = await reader?.read();
      if (next === undefined || next.done) throw new Error(`the stream ended before ${wanted}: ${text.slice(0, 500)}`);
      text += next.value;
    }
  };
  await until('"desired":null');
  await portal.call('POST', `/jobs/${id}/start`, { body: {}, token: await portal.token('developer') });
  await until('"desired":"running"');
  expect(text).toMatch(/id: \S+\nevent: job:/);
  abort.abort();
  await reader?.cancel().catch(() => {});
}, 60_000);
