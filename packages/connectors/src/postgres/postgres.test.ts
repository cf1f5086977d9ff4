import { BatchBuilder, CHANGE } from '@millrace/batch';
import type { Committer, SinkWriter } from '@millrace/contracts';
import type { Guarantee, JobId, Schema } from '@millrace/model';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { sinkConformance } from '@millrace/testing/conformance/sink';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listTables, testConnection } from '../browse.ts';
import { jdbc as connector } from '../jdbc/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { batchOf, writerContext } from '../testing/contexts.ts';

const GMV: Schema = {
  fields: [
    { name: 'city', type: { kind: 'string', nullable: false } },
    { name: 'window_start', type: { kind: 'timestamp', precision: 3, nullable: false } },
    { name: 'orders', type: { kind: 'bigint', nullable: true } },
    { name: 'gmv', type: { kind: 'decimal', precision: 38, scale: 2, nullable: true } },
  ],
  primaryKey: [0, 1],
};
const EVERY_TYPE: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: false } },
    { name: 'b', type: { kind: 'boolean', nullable: true } },
    { name: 'i', type: { kind: 'integer', nullable: true } },
    { name: 'd', type: { kind: 'double', nullable: true } },
    { name: 'blob', type: { kind: 'bytes', nullable: true } },
    { name: 'day', type: { kind: 'date', nullable: true } },
    { name: 'at', type: { kind: 'timestamp_ltz', precision: 3, nullable: true } },
    { name: 'tags', type: { kind: 'array', element: { kind: 'string', nullable: true }, nullable: true } },
  ],
};

const allowedHosts = ['127.0.0.1'];
const jdbc = connector(new NetworkPolicy(allowedHosts));
const signal = () => AbortSignal.timeout(20_000);
const MINUTE = 1_795_478_400_000;

let server: TestPostgres;
let pool: Pool;
let table = '';
let tables = 0;

beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url, max: 2 });
  // The server may say goodbye while the pool is ending.
  pool.on('error', () => undefined);
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

beforeEach(() => {
  table = `city_gmv_${++tables}`;
});

function options(more: Record<string, string> = {}): Record<string, string> {
  const { hostname, port, pathname, username, password } = new URL(server.url);
  return {
    connector: 'jdbc',
    url: `jdbc:postgresql://${hostname}:${port}${pathname}`,
    'table-name': table,
    username: decodeURIComponent(username),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    'sink.create-table': 'true',
    ...more,
  };
}

function sink(guarantee: Guarantee, more: Record<string, string> = {}, schema = GMV) {
  const made = jdbc.createSink?.(options(more), schema, guarantee);
  if (made === undefined) throw new Error('jdbc has a sink');
  return made;
}

async function committer(attempt = 1): Promise<Committer> {
  const made = await sink('exactly-once').createCommitter?.(writerContext('exactly-once', { attempt }));
  if (made === undefined) throw new Error('jdbc has a committer');
  return made;
}

const rowsOf = async () =>
  (await pool.query(`SELECT city, orders::text, gmv::text FROM ${table} ORDER BY city, window_start`)).rows;

async function seal(writer: SinkWriter, rows: Parameters<typeof batchOf>[1]): Promise<unknown> {
  await writer.write(batchOf(GMV, rows));
  await writer.flush();
  const [committable] = await writer.prepareCommit();
  return JSON.parse(JSON.stringify(committable));
}

sinkConformance('the PostgreSQL sink', async () => {
  table = `city_gmv_${++tables}`;
  const numbers = { fields: GMV.fields.filter(({ name }) => name === 'orders') };
  return {
    sink: sink('exactly-once', {}, numbers),
    context: writerContext('exactly-once', { job: `job-${table}` as JobId }),
    batch: (from, to) =>
      batchOf(
        numbers,
        Array.from({ length: to - from }, (_, index) => [BigInt(from + index)]),
      ),
    visible: async () => (await pool.query(`SELECT orders::int FROM ${table}`)).rows.map(({ orders }) => orders),
    close: async () => {},
  };
});

test('staged changes delete and replace when they are committed', async () => {
  const target = sink('exactly-once');
  await target.prepare(signal());
  const writer = await target.createWriter(writerContext('exactly-once'));
  const changes = new BatchBuilder(GMV);
  changes.append(['Shanghai', MINUTE, 1n, '1.00']);
  changes.append(['Beijing', MINUTE, 1n, '1.00']);
  changes.append(['Beijing', MINUTE, 1n, '1.00'], CHANGE.delete);
  changes.append(['Shanghai', MINUTE, 1n, '1.00'], CHANGE.updateBefore);
  changes.append(['Shanghai', MINUTE, 4n, '9.00'], CHANGE.updateAfter);
  await writer.write(changes.finish());
  const [committable] = await writer.prepareCommit();
  await writer.close();
  const commits = await committer();
  expect(await commits.commit(JSON.parse(JSON.stringify(committable)), signal())).toEqual({ kind: 'committed' });
  await commits.close();
  expect(await rowsOf()).toEqual([{ city: 'Shanghai', orders: '4', gmv: '9.00' }]);
});

describe('at-least-once', () => {
  test('rows with one key are upserted in order, every digit kept', async () => {
    const target = sink('at-least-once', { 'sink.buffer-flush.max-rows': '2' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writer.write(
      batchOf(GMV, [
        ['Shanghai', MINUTE, 1n, '1.00'],
        ['Shanghai', MINUTE, 9_223_372_036_854_775_807n, '999999999999999999999999999999999999.99'],
        ['杭州 "x"', MINUTE, null, '-0.05'],
      ]),
    );
    await writer.write(batchOf(GMV, [['杭州 "x"', MINUTE, 7n, null]]));
    await writer.flush();
    await writer.close();
    expect(await rowsOf()).toEqual([
      { city: 'Shanghai', orders: '9223372036854775807', gmv: '999999999999999999999999999999999999.99' },
      { city: '杭州 "x"', orders: '7', gmv: null },
    ]);
  });

  test('changes by key leave what they say: replaced, deleted, deleted and there again', async () => {
    const target = sink('at-least-once', { 'sink.buffer-flush.max-rows': '3' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    const changes = new BatchBuilder(GMV);
    changes.append(['Shanghai', MINUTE, 1n, '1.00']);
    changes.append(['Beijing', MINUTE, 1n, '1.00']);
    changes.append(['Hangzhou', MINUTE, 5n, '5.00']);
    changes.append(['Shanghai', MINUTE, 1n, '1.00'], CHANGE.updateBefore);
    changes.append(['Shanghai', MINUTE, 2n, '3.00'], CHANGE.updateAfter);
    changes.append(['Beijing', MINUTE, 1n, '1.00'], CHANGE.delete);
    changes.append(['Hangzhou', MINUTE, 5n, '5.00'], CHANGE.delete);
    changes.append(['Hangzhou', MINUTE, 6n, '6.00']);
    await writer.write(changes.finish());
    await writer.flush();
    await writer.close();
    expect(await rowsOf()).toEqual([
      { city: 'Hangzhou', orders: '6', gmv: '6.00' },
      { city: 'Shanghai', orders: '2', gmv: '3.00' },
    ]);
  });

  test('every type arrives as what it was', async () => {
    const target = sink('at-least-once', {}, EVERY_TYPE);
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    const bytes = Uint8Array.of(0, 255, 92);
    await writer.write(batchOf(EVERY_TYPE, [[1n, true, -5, 0.1, bytes, 20_781, MINUTE + 123, ['a', null]]]));
    await writer.flush();
    await writer.close();
    const { rows } = await pool.query(
      `SELECT id::text, b, i, d, encode(blob, 'hex') AS blob, day::text, extract(epoch FROM at)::text AS at, tags FROM ${table}`,
    );
    expect(rows).toEqual([
      {
        id: '1',
        b: true,
        i: -5,
        d: 0.1,
        blob: '00ff5c',
        day: '2026-11-24',
        at: `${MINUTE / 1_000}.123000`,
        tags: ['a', null],
      },
    ]);
  });

  test('a row waits for others no longer than the interval', async () => {
    const target = sink('at-least-once', { 'sink.buffer-flush.interval': '50 ms' });
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writer.write(batchOf(GMV, [['Shanghai', MINUTE, 1n, '1.00']]));
    const deadline = Date.now() + 5_000;
    while ((await rowsOf()).length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await rowsOf()).toHaveLength(1);
    await writer.close();
  });

  test('a missing table is an error with the statement that creates it', async () => {
    const target = sink('at-least-once', { 'sink.create-table': 'false' });
    await expect(target.prepare(signal())).rejects.toMatchObject({
      code: 'jdbc.table-missing',
      message: expect.stringContaining(`CREATE TABLE "public"."${table}"`),
    });
  });

  test('a table that does not fit is an error that names every column', async () => {
    await pool.query(
      `CREATE TABLE ${table} (city text PRIMARY KEY, window_start timestamptz, orders int, note text NOT NULL)`,
    );
    const message = await sink('at-least-once')
      .prepare(signal())
      .catch((error: Error) => error.message);
    for (const name of ['window_start', 'orders', 'gmv', 'note']) expect(message).toContain(`column '${name}'`);
  });

  test('a value the table refuses is an error without the value', async () => {
    await pool.query(
      `CREATE TABLE ${table} (city varchar(3), window_start timestamp, orders bigint, gmv numeric, PRIMARY KEY (city, window_start))`,
    );
    const target = sink('at-least-once');
    await target.prepare(signal());
    const writer = await target.createWriter(writerContext('at-least-once'));
    await writer.write(batchOf(GMV, [['Shanghai', MINUTE, 1n, '1.00']]));
    const failure = await writer.flush().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'jdbc.bad-value', retry: 'never' });
    expect(String(failure)).not.toContain('Shanghai');
    await writer.close();
  });
});

describe('exactly-once', () => {
  async function prepared(attempt = 1): Promise<SinkWriter> {
    const target = sink('exactly-once');
    await target.prepare(signal());
    return target.createWriter(writerContext('exactly-once', { attempt, job: `job-${table}` as never }));
  }

  test('staged rows appear with the commit, once, however often it is repeated', async () => {
    const writer = await prepared();
    const first = await seal(writer, [
      ['a', MINUTE, 1n, '1.00'],
      ['a', MINUTE, 2n, '2.00'],
    ]);
    const second = await seal(writer, [['a', MINUTE, 3n, '3.00']]);
    await writer.close();
    expect(await rowsOf()).toEqual([]);
    const one = await committer();
    expect(await one.commit(first, signal())).toEqual({ kind: 'committed' });
    expect(await rowsOf()).toEqual([{ city: 'a', orders: '2', gmv: '2.00' }]);
    expect(await one.commit(second, signal())).toEqual({ kind: 'committed' });
    expect(await one.commit(first, signal())).toEqual({ kind: 'committed' });
    await one.close();
    expect(await rowsOf()).toEqual([{ city: 'a', orders: '3', gmv: '3.00' }]);
    expect((await pool.query('SELECT 1 FROM millrace_staging')).rowCount).toBe(0);
  });

  test('what a dead attempt staged and no checkpoint sealed is deleted, and that attempt can write and commit no more', async () => {
    const zombie = await prepared(1);
    const sealed = await seal(zombie, [['a', MINUTE, 1n, '1.00']]);
    const job = `job-${table}` as never;
    const made = await sink('exactly-once').createCommitter?.(writerContext('exactly-once', { attempt: 2, job }));
    await made?.abortLingering({ subtasks: 1, attempt: 2 }, signal());
    expect(await made?.commit(sealed, signal())).toMatchObject({
      kind: 'lost',
      reason: expect.stringContaining('attempt 2'),
    });
    await zombie.write(batchOf(GMV, [['b', MINUTE, 1n, '1.00']]));
    await expect(zombie.flush()).rejects.toMatchObject({ code: 'jdbc.fenced' });
    const next = await prepared(2);
    const good = await seal(next, [['c', MINUTE, 1n, '1.00']]);
    expect(await made?.commit(good, signal())).toEqual({ kind: 'committed' });
    expect((await rowsOf()).map(({ city }) => city)).toEqual(['c']);
    await Promise.all([zombie.close(), next.close(), made?.close()]);
  });

  test('a checkpoint restored twice commits its rows once', async () => {
    const writer = await prepared(1);
    const sealed = await seal(writer, [['a', MINUTE, 1n, '1.00']]);
    await writer.close();
    for (const attempt of [2, 3]) {
      const job = `job-${table}` as never;
      const made = await sink('exactly-once').createCommitter?.(writerContext('exactly-once', { attempt, job }));
      expect(await made?.commit(sealed, signal())).toEqual({ kind: 'committed' });
      await made?.abortLingering({ subtasks: 1, attempt }, signal());
      await made?.close();
    }
    expect(await rowsOf()).toEqual([{ city: 'a', orders: '1', gmv: '1.00' }]);
  });
});

test('tables and their columns can be listed, and a wrong database is said to be one', async () => {
  await sink('exactly-once').prepare(signal());
  const { 'sink.create-table': _, 'table-name': __, connector: ___, ...connection } = options();
  const found = await listTables({ options: connection, allowedHosts, signal: signal() });
  const listed = found.find(({ name }) => name === table);
  expect(listed?.columns.map(({ name, type, nullable }) => `${name} ${type} ${nullable}`)).toEqual([
    'city text false',
    'window_start timestamp(3) without time zone false',
    'orders bigint true',
    'gmv numeric(38,2) true',
  ]);
  const nowhere = { ...connection, url: String(connection.url).replace(/[^/]*$/, 'nowhere') };
  expect(await testConnection('jdbc', { options: nowhere, allowedHosts, signal: signal() })).toMatchObject({
    ok: false,
    error: { code: 'jdbc.database-missing' },
  });
});
