import { BROKER_METRICS } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../testing/raw-client.ts';
import { runBroker } from '../testing/running-broker.ts';
import { formatMetrics } from './format-metrics.ts';
import { serveStatus } from './status-server.ts';

describe('the status of a broker', () => {
  it('is told to whoever knows the token, and to nobody else', async () => {
    await using run = await runBroker();
    const status = await serveStatus(run.broker, { port: 0, token: 'the token' });
    const get = (path: string, authorization?: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${status.port}${path}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      });
    await run.client.createTopic('t');
    await run.client.produce('t', batchOf(['a', 'b']));
    for (const wrong of [undefined, '', 'Bearer', 'Bearer the', 'Bearer the token ', 'the token']) {
      // Header values lose the spaces around them.
      if (wrong?.trim() !== 'Bearer the token') expect((await get('/metrics', wrong)).status).toBe(401);
    }
    const metrics = await (await get('/metrics', 'Bearer the token')).text();
    expect(metrics).toContain('\nmillrace_broker_produced_records_total 2\n');
    expect(metrics).toContain('\nmillrace_broker_partitions 1\n');
    expect(metrics).toContain(`\nmillrace_broker_log_bytes ${batchOf(['a', 'b']).length}\n`);
    expect(metrics).toMatch(/\nmillrace_broker_memory_rss_bytes \d{7,}\n/);
    expect(metrics).toContain('\nmillrace_broker_software_connections{name="unknown",version="unknown"} 1\n');
    const clients = await (await get('/clients', 'Bearer the token')).json();
    expect(clients).toEqual(run.broker.connectedClients());
    expect(clients).toMatchObject([{ clientId: 'raw', principal: 'User:ANONYMOUS', lastRequest: { api: 'Produce' } }]);
    expect((await get('/', 'Bearer the token')).status).toBe(404);
    expect((await get('/metrics', 'Bearer the token', 'POST')).status).toBe(405);
    await status.close();
  });

  it('has a sample of every metric in the catalogue, of the kind that is said there, and of no other', async () => {
    await using run = await runBroker();
    const text = formatMetrics(run.broker.metrics(), run.broker.connectedSoftware());
    const told = [...text.matchAll(/^# TYPE millrace_(\w+) (\w+)\nmillrace_\1[ {]/gm)].map(([, name, kind]) => [
      name,
      kind,
    ]);
    expect(told.sort()).toEqual(
      Object.entries(BROKER_METRICS)
        .map(([name, { kind }]) => [name, kind])
        .sort(),
    );
  });

  it('has a bounded number of lines, whatever clients say they are', async () => {
    await using run = await runBroker();
    const software = Array.from({ length: 300 }, (_, i) => ({ name: `c${i}`, version: '1', connections: 2 }));
    const lines = formatMetrics(run.broker.metrics(), software).split('\n');
    expect(lines.filter((line) => line.includes('software_connections{'))).toHaveLength(51);
    expect(lines).toContain('millrace_broker_software_connections{name="others",version=""} 500');
  });
});
