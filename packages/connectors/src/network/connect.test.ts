import { createServer, type Server } from 'node:net';
import type { Schema } from '@millrace/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listTables, listTopics, testConnection } from '../browse.ts';
import { connectors } from '../index.ts';

const SCHEMA: Schema = { fields: [{ name: 'id', type: { kind: 'bigint', nullable: true } }] };
const signal = () => AbortSignal.timeout(20_000);

/** Listens where a user must not reach, and counts who comes. */
let server: Server;
let port = 0;
let visits = 0;

beforeEach(async () => {
  visits = 0;
  server = createServer((socket) => {
    visits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' ? (address?.port ?? 0) : 0;
});

afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

const HOSTS = ['127.0.0.1', 'localhost', '127.1', '0x7f000001', '2130706433', '0.0.0.0', '[::ffff:7f00:1]'];

test.each(HOSTS)('no connector connects to %s, and says which setting would allow it', async (host) => {
  const registry = connectors({ filesRoot: undefined, allowedHosts: [`127.0.0.1:${port === 1 ? 2 : 1}`] });
  const servers = { 'properties.bootstrap.servers': `8.8.8.8:1,${host}:${port}` };
  const kafka = { connector: 'kafka', topic: 't', format: 'json', ...servers };
  const jdbc = { connector: 'jdbc', url: `jdbc:postgresql://${host}:${port}/db`, 'table-name': 't' };
  const refused = {
    code: 'network.forbidden',
    retry: 'never',
    message: expect.stringContaining('MILLRACE_CONNECTOR_ALLOW'),
  };
  const source = registry.get('kafka')?.createSource?.(kafka, SCHEMA);
  await expect(source?.discover(signal())).rejects.toMatchObject(refused);
  for (const options of [kafka, jdbc]) {
    const sink = registry.get(options.connector)?.createSink?.(options, SCHEMA, 'at-least-once');
    await expect(sink?.prepare(signal())).rejects.toMatchObject(refused);
  }
  const request = { allowedHosts: [], signal: signal() };
  await expect(listTopics({ ...request, options: servers })).rejects.toMatchObject(refused);
  await expect(listTables({ ...request, options: { url: jdbc.url } })).rejects.toMatchObject(refused);
  expect(await testConnection('jdbc', { ...request, options: { url: jdbc.url } })).toMatchObject({
    ok: false,
    error: { code: 'network.forbidden', message: expect.not.stringContaining('ECONN') },
  });
  expect(visits).toBe(0);
});

test('what is allowed is reached', async () => {
  const request = { allowedHosts: [`127.0.0.1:${port}`], signal: signal() };
  const url = `jdbc:postgresql://localhost:${port}/db`;
  await expect(listTables({ ...request, options: { url } })).rejects.toMatchObject({ code: 'jdbc.unreachable' });
  expect(visits).toBeGreaterThan(0);
});
