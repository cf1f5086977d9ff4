import { setTimeout as pause } from 'node:timers/promises';
import { connectors } from '@millrace/connectors';
import { createDataflowEngine } from '@millrace/engine-dataflow';
import type { JobId, JobSettings, QueueName } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { compile } from '@millrace/sql';
import { HeapStateBackend } from '@millrace/state';
import { systemClock } from '@millrace/telemetry';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { ListTable, listConnector } from '@millrace/testing/list-source';
import { MemoryCheckpoints } from '@millrace/testing/memory-checkpoints';
import { MemoryCluster } from '@millrace/testing/memory-cluster';
import { MemorySnapshots } from '@millrace/testing/memory-snapshots';
import { storeConnector, TransactionalStore } from '@millrace/testing/transactional-store';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jdbcOptions } from '../testing/jdbc-options.ts';

const SETTINGS: JobSettings = {
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 2,
  queue: 'root.test' as QueueName,
  containers: { master: { vcores: 1, memoryMb: 256 }, worker: { vcores: 1, memoryMb: 256 } },
  checkpoint: { intervalMs: 200, timeoutMs: 30_000, retainedCount: 2 },
  restart: { attemptsMax: 1_000, delayMs: 50 },
};
const NAMES = 10;

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE TABLE names (id bigint PRIMARY KEY, name text)');
  await client.query(`INSERT INTO names SELECT n, 'name ' || n FROM generate_series(0, ${NAMES - 1}) n`);
  await client.end();
}, 60_000);
afterAll(() => server?.stop());

const EVENTS =
  "CREATE TABLE events (id BIGINT, k BIGINT, at AS PROCTIME()) WITH ('connector' = 'list', 'table' = 'events');";
const COPY = "CREATE TABLE copy (id BIGINT, name STRING) WITH ('connector' = 'store', 'store' = 'copy');";
const INSERT =
  'INSERT INTO copy SELECT e.id, n.name FROM events e JOIN names FOR SYSTEM_TIME AS OF e.at AS n ON e.k = n.id';

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 90_000; !condition(); await pause(20))
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
}

it.each([
  ['for a moment', 100, false],
  ['for longer than requests are made again', 1, true],
])(
  'nothing is lost or doubled when the database goes away during a job %s',
  async (_, retriesMax, restarts) => {
    const names = `CREATE TABLE names (id BIGINT, name STRING) ${jdbcOptions(server.url, 'names', { 'lookup.max-retries': String(retriesMax) })};`;
    const { plan, diagnostics } = compile(`${EVENTS} ${names} ${COPY} ${INSERT}`);
    expect(diagnostics).toEqual([]);
    if (plan === undefined) throw new Error('no plan');
    const events = new ListTable();
    events.boundedness = 'unbounded';
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (__, at) => [BigInt(from + at), BigInt((from + at) % (NAMES + 1))]);
    const append = (from: number, count: number): void => {
      events.append('even', rows(from, count / 2));
      events.append('odd', rows(from + count / 2, count / 2));
    };
    const copy = new TransactionalStore();
    const statuses: string[] = [];
    const checkpoints = new MemoryCheckpoints();
    const engine = createDataflowEngine(createOperator);
    const planned = engine.plan(SETTINGS, plan);
    if (!planned.ok) throw new Error(planned.reasons.join(' '));
    append(0, 500);
    const cluster = new MemoryCluster(engine, 1, {
      clock: systemClock,
      connectors: new Map([
        ...connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] }),
        ['list', listConnector(new Map([['events', events]]))],
        ['store', storeConnector(new Map([['copy', copy]]))],
      ]),
      checkpoints,
      snapshots: new MemorySnapshots(),
      stateBackend: new HeapStateBackend(),
    });
    const spec = { id: 'job-1' as JobId, name: 'test', version: 1, settings: SETTINGS, plan };
    const execution = engine.run(spec, planned.plan, cluster.host, undefined);
    execution.onEvent((event) => event.kind === 'status' && statuses.push(event.status));
    const found = (count: number) => rows(0, count).filter(([, k]) => Number(k) < NAMES);
    await until('the first rows are there', () => copy.visible.length >= found(500).length);
    await server.goAway();
    append(500, 500);
    if (restarts)
      await until('the job restarts', () => statuses.filter((status) => status === 'restarting').length > 1);
    else await pause(700);
    await server.comeBack();
    append(1_000, 100);
    await until('all rows are there', () => copy.visible.length >= found(1_100).length);
    await execution.stop('now');
    await cluster.close();
    const sorted = [...copy.visible].sort(([a], [b]) => Number(a) - Number(b));
    expect(sorted).toEqual(found(1_100).map(([id, k]) => [id, `name ${k}`]));
    expect(statuses.includes('restarting')).toBe(restarts);
  },
  120_000,
);
