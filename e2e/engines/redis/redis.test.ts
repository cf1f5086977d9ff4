import { BatchBuilder, CHANGE, type Change, type Value } from '@millrace/batch';
import { createCertificate } from '@millrace/broker/testing/certificate';
import { connectors } from '@millrace/connectors';
import type { AskedTable } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import {
  askedTable,
  LOOKUP_KEYS,
  LOOKUP_ROWS,
  LOOKUP_SCHEMA,
  type LookupSubject,
  lookupConformance,
} from '@millrace/testing/conformance/lookup';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readerContext, rowsOf, writerContext } from '../../../packages/connectors/src/testing/contexts.ts';
import { MISSING, RedisServer } from './server.ts';

const CONTEXT = readerContext();
const WRITER = writerContext('at-least-once');
const signal = () => AbortSignal.timeout(20_000);
const redis = connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] }).get('redis');

const field = (name: string, type: DataType) => ({ name, type });
const nullable = true;
/** One column of each kind; the key is made of two. */
const TYPED: Schema = {
  fields: [
    field('id', { kind: 'bigint', nullable: false }),
    field('s', { kind: 'string', nullable }),
    field('b', { kind: 'boolean', nullable }),
    field('i', { kind: 'integer', nullable }),
    field('d', { kind: 'decimal', precision: 38, scale: 2, nullable }),
    field('x', { kind: 'double', nullable }),
    field('day', { kind: 'date', nullable }),
    field('at', { kind: 'timestamp', precision: 3, nullable }),
    field('raw', { kind: 'bytes', nullable }),
    field('list', { kind: 'array', element: { kind: 'bigint', nullable }, nullable }),
    field('region', { kind: 'string', nullable: false }),
  ],
  primaryKey: [10, 0],
};
const BEYOND = 2n ** 53n + 1n;
const FULL: readonly Value[] = [BEYOND, 'é "x"', true, -7, '123456789012345678901234567890123456.78', 0.1, -1, 1_500, new Uint8Array([0, 255]), [BEYOND, null], 'eu:1']; // biome-ignore format: a row
const EMPTY: readonly Value[] = [1n, null, null, null, null, null, null, null, null, null, 'us'];

describe.skipIf(MISSING !== undefined)(`Redis${MISSING === undefined ? '' : `: ${MISSING}`}`, () => {
  let server: RedisServer;
  let client: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis({ host: '127.0.0.1', port: server.port });
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  beforeEach(() => client.flushall());

  const optionsOf = (key: string, more: Readonly<Record<string, string>> = {}) => ({
    connector: 'redis',
    host: '127.0.0.1',
    port: String(server.port),
    key,
    ...more,
  });

  function lookupOf(key: string, schema: Schema, keys: readonly number[], more: Readonly<Record<string, string>> = {}) {
    return askedTable(redis?.createLookup?.(optionsOf(key, more), schema, keys));
  }

  async function write(schema: Schema, key: string, rows: readonly (readonly [Change, readonly Value[]])[], more = {}) {
    const sink = redis?.createSink?.(optionsOf(key, more), schema, 'at-least-once');
    if (sink === undefined) throw new Error('redis has a sink');
    await sink.prepare(signal());
    const writer = await sink.createWriter(WRITER);
    try {
      for (const [change, row] of rows) {
        const batch = new BatchBuilder(schema);
        batch.append(row, change);
        await writer.write(batch.finish());
      }
      await writer.flush();
    } finally {
      await writer.close();
    }
  }

  for (const mode of ['string', 'hash']) {
    lookupConformance(`a table in Redis, mode ${mode}`, async (): Promise<LookupSubject> => {
      for (const [id, price, name] of LOOKUP_ROWS.toReversed()) {
        if (id === null || price === null) continue;
        const key = `price:${id}:${price}`;
        const fields: Record<string, string> = { id: String(id), price: String(price) };
        if (typeof name === 'string') fields.name = name;
        if (mode === 'hash') await client.del(key);
        if (mode === 'hash') await client.hset(key, fields);
        else await client.set(key, `{"name": ${JSON.stringify(name ?? null)}}`);
      }
      const source = lookupOf('price:{id}:{price}', LOOKUP_SCHEMA, LOOKUP_KEYS, { mode });
      return { source, context: CONTEXT, isUnique: true, close: async () => {} };
    });

    it(`what is written is found again, every type exactly, and gone when it is deleted (${mode})`, async () => {
      const key = 'row:{region}:{id}';
      await write(
        TYPED,
        key,
        [FULL, EMPTY].map((row) => [CHANGE.insert, row] as const),
        { mode },
      );
      expect((await client.keys('*')).sort()).toEqual([`row:eu:1:${BEYOND}`, 'row:us:1']);
      const source = () => lookupOf(key, TYPED, [0, 10], { mode });
      const asked = [FULL, EMPTY].map((row) => [row[0] ?? null, row[10] ?? null]);
      expect(await ask(source(), TYPED, [0, 10], asked)).toEqual([FULL, EMPTY]);
      const emptied: readonly Value[] = [BEYOND, 'new', ...EMPTY.slice(2, 10), 'eu:1'];
      await write(
        TYPED,
        key,
        [
          [CHANGE.updateBefore, FULL],
          [CHANGE.updateAfter, emptied],
          [CHANGE.delete, EMPTY],
          [CHANGE.delete, [77n, ...EMPTY.slice(1)]],
        ],
        { mode },
      );
      expect(await ask(source(), TYPED, [0, 10], asked)).toEqual([emptied]);
    });

    it(`rows are kept for their time to live (${mode})`, async () => {
      await write(TYPED, 'row:{region}:{id}', [[CHANGE.insert, EMPTY]], { mode, ttl: '90 s' });
      expect(await client.pttl('row:us:1')).toBeGreaterThan(60_000);
      await write(TYPED, 'row:{region}:{id}', [[CHANGE.insert, EMPTY]], { mode });
      expect(await client.pttl('row:us:1')).toBe(-1);
    });
  }

  it('a value of another kind, and one that is no row, are told without what they hold', async () => {
    await client.hset('c:1', { name: 'private' });
    await client.set('c:2', 'private');
    const schema: Schema = { fields: TYPED.fields.slice(0, 2) };
    const codes = [
      [1n, 'string', 'redis.wrong-type'],
      [2n, 'string', 'redis.value'],
      [2n, 'hash', 'redis.wrong-type'],
    ] as const;
    for (const [id, mode, code] of codes) {
      const found = ask(lookupOf('c:{id}', schema, [0], { mode }), schema, [0], [[id]]);
      await expect(found).rejects.toMatchObject({
        code,
        retry: 'never',
        message: expect.not.stringMatching(/private/),
      });
    }
  });

  it('a column of the key that is not in Redis’ key is compared with what the row says', async () => {
    await client.set('c:1', '{"s":"a"}');
    const schema: Schema = { fields: TYPED.fields.slice(0, 2) };
    const keys = [
      [1n, 'a'],
      [1n, 'b'],
    ];
    expect(await ask(lookupOf('c:{id}', schema, [0, 1]), schema, [0, 1], keys)).toEqual([[1n, 'a']]);
    expect(() => lookupOf('c:{s}', schema, [0])).toThrow(/names \{s\}: compare it in ON/);
    const keyed = { ...schema, primaryKey: [0] };
    expect(() => redis?.createSink?.(optionsOf('c:{s}'), keyed, 'at-least-once')).toThrow(
      /must name the columns of the PRIMARY KEY/,
    );
  });

  it('a reader goes on when its server was away, and says what it is when it stays away', async () => {
    const other = await RedisServer.start();
    const schema: Schema = { fields: TYPED.fields.slice(0, 2) };
    const source = lookupOf('c:{id}', schema, [0], { port: String(other.port) });
    const reader = source.createReader(CONTEXT);
    const one = new BatchBuilder({ fields: schema.fields.slice(0, 1) });
    one.append([1n]);
    const key = one.finish();
    expect((await reader.lookup(key, signal())).rows.rows).toBe(0);
    await client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await other.stop();
    await expect(reader.lookup(key, signal())).rejects.toMatchObject({ code: 'redis.unreachable', retry: 'backoff' });
    await reader.close();
    const here = lookupOf('c:{id}', schema, [0]).createReader(CONTEXT);
    await here.lookup(key, signal());
    await client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    // The request may be the one that finds the connection gone; the next makes it anew.
    await here.lookup(key, signal()).catch(() => undefined);
    expect((await here.lookup(key, signal())).rows.rows).toBe(0);
    await here.close();
  });

  it('signs in with user and password over TLS, and says when one of it is wrong', async () => {
    await using certificate = await createCertificate();
    const tls = { ...certificate, ca: certificate.certPem };
    const user = ['--user', 'ada', 'on', '>pass word', '~*', '+@all', '--user', 'default', 'off'];
    const secured = await RedisServer.start(user, tls);
    try {
      const schema: Schema = { fields: TYPED.fields.slice(0, 2) };
      const place = { port: String(secured.port), ssl: 'true', 'ssl.certificates': certificate.certPem };
      const login = { ...place, username: 'ada', password: 'pass word' };
      await write({ ...schema, primaryKey: [0] }, 'c:{id}', [[CHANGE.insert, [1n, 'a']]], login);
      const source = lookupOf('c:{id}', schema, [0], login);
      expect(await ask(source, schema, [0], [[1n]])).toEqual([[1n, 'a']]);
      const failing = (more: Readonly<Record<string, string>>) =>
        ask(lookupOf('c:{id}', schema, [0], more), schema, [0], [[1n]]);
      const wrong = failing({ ...login, password: 'hidden' });
      await expect(wrong).rejects.toMatchObject({
        code: 'redis.sign-in',
        message: expect.not.stringMatching(/hidden/),
      });
      const { 'ssl.certificates': _, ...untrusted } = login;
      await expect(failing(untrusted)).rejects.toMatchObject({ code: 'redis.tls' });
    } finally {
      await secured.stop();
    }
  });

  it('a private host is not reached unless it is allowed', async () => {
    const closed = connectors({ filesRoot: undefined, allowedHosts: [] }).get('redis');
    const schema: Schema = { fields: TYPED.fields.slice(0, 2) };
    for (const host of ['127.0.0.1', 'localhost']) {
      const source = askedTable(closed?.createLookup?.({ ...optionsOf('c:{id}'), host }, schema, [0]));
      await expect(ask(source, schema, [0], [[1n]])).rejects.toMatchObject({ code: 'network.forbidden' });
    }
  });
});

/** The rows found for some keys, in their order. */
async function ask(source: AskedTable, schema: Schema, keys: readonly number[], asked: readonly (readonly Value[])[]) {
  const reader = source.createReader(CONTEXT);
  try {
    const builder = new BatchBuilder({ fields: keys.flatMap((index) => schema.fields[index] ?? []) });
    for (const key of asked) builder.append(key);
    const { rows } = await reader.lookup(builder.finish(), signal());
    return rowsOf(rows);
  } finally {
    await reader.close();
  }
}
