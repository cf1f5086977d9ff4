import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { BatchBuilder, type Value } from '@millrace/batch';
import { createCertificate } from '@millrace/broker/testing/certificate';
import type { Schema } from '@millrace/model';
import {
  askedTable,
  LOOKUP_KEYS,
  LOOKUP_ROWS,
  LOOKUP_SCHEMA,
  type LookupSubject,
  lookupConformance,
} from '@millrace/testing/conformance/lookup';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonText } from '../formats/json-text.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { checkOptions, isSecretOption } from '../options.ts';
import { readerContext, rowsOf } from '../testing/contexts.ts';
import { restLookup } from './connector.ts';

const signal = () => AbortSignal.timeout(20_000);
const CUSTOMERS: Schema = {
  fields: [
    { name: 'id', type: { kind: 'bigint', nullable: false } },
    { name: 'name', type: { kind: 'string', nullable: true } },
    { name: 'region', type: { kind: 'string', nullable: true } },
  ],
};

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let origin: string;
let asked: Asked[] = [];
let answer: (asked: Asked, response: ServerResponse) => void = () => {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts).toString() };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

beforeEach(() => {
  asked = [];
});

const gid = (name: string) => `gid.connector.http.source.lookup.${name}`;

function lookupOf(path: string, schema: Schema, keys: readonly number[], more: Readonly<Record<string, string>> = {}) {
  const options = { connector: 'rest-lookup', url: `${origin}${path}`, format: 'json', ...more };
  expect(checkOptions('rest-lookup', options, 'lookup')).toEqual([]);
  return askedTable(restLookup(new NetworkPolicy(['127.0.0.1'])).createLookup?.(options, schema, keys));
}

async function ask(
  source: ReturnType<typeof lookupOf>,
  schema: Schema,
  keys: readonly number[],
  key: readonly Value[],
) {
  const reader = source.createReader(readerContext());
  try {
    const builder = new BatchBuilder({ fields: keys.flatMap((index) => schema.fields[index] ?? []) });
    builder.append(key);
    return rowsOf((await reader.lookup(builder.finish(), signal())).rows);
  } finally {
    await reader.close();
  }
}

const askId = (path: string, id: Value, more: Readonly<Record<string, string>> = {}) =>
  ask(lookupOf(path, CUSTOMERS, [0], more), CUSTOMERS, [0], [id]);

it('a key of microseconds is asked for and told apart by every digit', async () => {
  const schema: Schema = {
    fields: [
      { name: 'at', type: { kind: 'timestamp', precision: 6, nullable: false } },
      { name: 'seen', type: { kind: 'timestamp_ltz', precision: 9, nullable: true } },
    ],
  };
  answer = (_, response) =>
    response.end(
      '[{"at":"2026-11-24T00:12:31.123456","seen":"2026-11-24T00:12:31.000000001Z"},{"at":"2026-11-24 00:12:31.123457"}]',
    );
  const key = 1_795_479_151_123_456n;
  const more = { [gid('result-type')]: 'array' };
  expect(await ask(lookupOf('/events/{at}', schema, [0], more), schema, [0], [key])).toEqual([
    [key, 1_795_479_151_000_000_001n],
  ]);
  expect(asked[0]?.url).toBe('/events/2026-11-24%2000%3A12%3A31.123456');
});

/** The rows of the conformance suite, as a service that filters by the text of both numbers. */
function answerRows({ url }: Asked, response: ServerResponse): void {
  const query = new URL(url ?? '', origin).searchParams;
  const rows = LOOKUP_ROWS.filter(([id, price]) => {
    return id !== null && price !== null && String(id) === query.get('id') && String(price) === query.get('price');
  });
  const objects = rows.map((row) => {
    const members = LOOKUP_SCHEMA.fields.map(({ name, type }, at) => `"${name}": ${jsonText(row[at] ?? null, type)}`);
    return `{ ${members.join(', ')} }`;
  });
  response.end(` [ ${objects.join(' , ')} ]\n`);
}

lookupConformance('an HTTP service', async (): Promise<LookupSubject> => {
  answer = answerRows;
  const source = lookupOf('/prices', LOOKUP_SCHEMA, LOOKUP_KEYS, { [gid('result-type')]: 'array' });
  return { source, context: readerContext(), close: async () => {} };
});

describe('how it is asked', () => {
  it('by GET, with columns in their places in the path and the others in the query', async () => {
    answer = (_, response) => response.end('{"name":"Ada"}');
    const key = ['a b/ü?&', 7n];
    const rows = await ask(lookupOf('/of/{region}?v=1', CUSTOMERS, [2, 0]), CUSTOMERS, [2, 0], key);
    expect(rows).toEqual([[7n, 'Ada', 'a b/ü?&']]);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /of/a%20b%2F%C3%BC%3F%26?v=1&id=7']);
    expect(asked[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'millrace' });
  });

  it('by POST, with what the path does not hold as a JSON object, every digit of it', async () => {
    answer = (_, response) => response.end('{"name":"Ada","id":"9007199254740993"}');
    const more = { 'lookup-method': 'POST', [gid('header.X-Key')]: 'k-1' };
    const source = lookupOf('/of/{region}', CUSTOMERS, [2, 0], more);
    expect(await ask(source, CUSTOMERS, [2, 0], ['e', 2n ** 53n + 1n])).toEqual([[2n ** 53n + 1n, 'Ada', 'e']]);
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/of/e', body: '{"id":9007199254740993}' });
    expect(asked[0]?.headers).toMatchObject({ 'x-key': 'k-1', 'content-type': 'application/json' });
  });

  it.each(['', '.', '..'])('never for another path: the key "%s" has no row', async (region) => {
    const rows = await ask(lookupOf('/of/{region}/x', CUSTOMERS, [2]), CUSTOMERS, [2], [region]);
    expect(rows).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('what an answer means', () => {
  it.each([
    ['404', 404, 'nobody'],
    ['410', 410, ''],
    ['204', 204, ''],
    ['nothing', 200, ''],
    ['null', 200, ' null '],
    ['the object of another key', 200, '{"id": 8, "name": "Eve"}'],
  ])('no row: %s', async (_, status, body) => {
    answer = (__, response) => response.writeHead(status).end(body);
    expect(await askId('/{id}', 7n)).toEqual([]);
  });

  it('an array is all its objects of the key', async () => {
    answer = (_, response) => response.end('[{"id":7,"name":"a"},{"name":"b","x":[{}]},{"id":8}]');
    expect(await askId('/{id}', 7n, { [gid('result-type')]: 'array' })).toEqual([
      [7n, 'a', null],
      [7n, 'b', null],
    ]);
    answer = (_, response) => response.end(' [ ] ');
    expect(await askId('/{id}', 7n, { [gid('result-type')]: 'array' })).toEqual([]);
  });

  it.each([
    ['503', 503, 'http.status-503', 'backoff'],
    ['429', 429, 'http.status-429', 'backoff'],
    ['408', 408, 'http.status-408', 'backoff'],
    ['401', 401, 'http.sign-in', 'never'],
    ['400', 400, 'http.refused', 'never'],
    ['302', 302, 'http.redirect', 'never'],
  ])('%s fails, and says whether asking again may help', async (_, status, code, retry) => {
    answer = (__, response) => response.writeHead(status, { location: '/elsewhere' }).end('secret text of the service');
    const failed = askId('/{id}', 7n, { [gid('header.Authorization')]: 'Bearer hidden' });
    await expect(failed).rejects.toMatchObject({
      code,
      retry,
      message: expect.not.stringMatching(/hidden|secret text/),
    });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no JSON', '<html>private</html>', 'single-value'],
    ['a value that does not fit', '{"name":"private","id":"private"}', 'single-value'],
    ['an array where one object is expected', '[{"name":"private"}]', 'single-value'],
    ['an object where an array is expected', '{"name":"private"}', 'array'],
    ['an array that breaks off', '[{"name":"private"}', 'array'],
    ['an array with a blank in between', '[{"name":"private"} {"id":1}]', 'array'],
  ])('%s fails without a word of it', async (_, body, type) => {
    answer = (__, response) => response.end(body);
    const failed = askId('/{id}', 7n, { [gid('result-type')]: type });
    await expect(failed).rejects.toMatchObject({ code: 'http.answer', message: expect.not.stringMatching(/private/) });
    answer = (__, response) => response.end(type === 'array' ? '[{"name":"ok"}]' : '{"name":"ok"}');
    expect(await askId('/{id}', 7n, { [gid('result-type')]: type })).toEqual([[7n, 'ok', null]]);
  });

  it('one without an end is too large', async () => {
    answer = (_, response) => response.end(`{"name":"${'x'.repeat(9 * 1024 * 1024)}"}`);
    await expect(askId('/{id}', 7n)).rejects.toMatchObject({ code: 'http.too-large' });
  });

  it('one that breaks off, or does not come in time, may be asked for again', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"name"');
      response.destroy();
    };
    await expect(askId('/{id}', 7n)).rejects.toMatchObject({ code: 'http.unreachable', retry: 'backoff' });
    answer = () => {};
    const failed = askId('/{id}', 7n, { [gid('request.timeout')]: '1' });
    await expect(failed).rejects.toMatchObject({ code: 'http.timeout', retry: 'backoff' });
  });
});

it.each([
  ['seconds', () => '7', 7_000],
  ['a date', (now: number) => new Date(now + 5_000).toUTCString(), 5_000],
  ['more than is obeyed', () => '86400', 60_000],
  ['a time that has passed', () => 'Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ['no time', () => 'soon', undefined],
])('Retry-After is obeyed before the failure is told: %s', async (_, after, waited) => {
  const now = Date.UTC(2026, 0, 1);
  const sleeps: number[] = [];
  const context = readerContext();
  const clock = { ...context.clock, now: () => now, sleep: async (ms: number) => void sleeps.push(ms) };
  answer = (__, response) => response.writeHead(429, { 'retry-after': after(now) }).end();
  const reader = lookupOf('/{id}', CUSTOMERS, [0]).createReader({ ...context, clock });
  const builder = new BatchBuilder({ fields: CUSTOMERS.fields.slice(0, 1) });
  builder.append([1n]);
  await expect(reader.lookup(builder.finish(), signal())).rejects.toMatchObject({ code: 'http.status-429' });
  await reader.close();
  expect(sleeps).toEqual(waited === undefined ? [] : [waited]);
});

it('a private host is not reached unless it is allowed, by address and by name', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const options = { connector: 'rest-lookup', url: origin.replace('127.0.0.1', host), format: 'json' };
    const source = askedTable(restLookup(new NetworkPolicy([])).createLookup?.(options, CUSTOMERS, [0]));
    await expect(ask(source, CUSTOMERS, [0], [7n])).rejects.toMatchObject({
      code: 'network.forbidden',
      retry: 'never',
    });
  }
  expect(asked).toEqual([]);
});

it('a service is trusted when its authority is, and not otherwise', async () => {
  await using certificate = await createCertificate();
  const tls = { cert: certificate.certPem, key: certificate.keyPem };
  const secure = createSecureServer(tls, (_, response) => response.end('{"name":"Ada"}'));
  await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
  try {
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/{id}`;
    const trust = { 'gid.connector.http.security.cert.server': certificate.certPem };
    expect(await askId('', 7n, { url, ...trust })).toEqual([[7n, 'Ada', null]]);
    await expect(askId('', 7n, { url })).rejects.toMatchObject({ code: 'http.tls', retry: 'never' });
  } finally {
    secure.closeAllConnections();
    await new Promise((done) => secure.close(done));
  }
});

describe('options that cannot be are refused without their values', () => {
  const good = { url: 'https://host/{id}', format: 'json' };
  it.each([
    ['url', { url: 'https://user:word@host/' }],
    ['url', { url: 'https://{id}/x' }],
    ['url', { url: 'https://host/{id' }],
    ['url', { url: 'ftp://host/' }],
    [gid('header.Host'), { [gid('header.Host')]: 'other' }],
    [gid('header.X Y'), { [gid('header.X Y')]: 'v' }],
    [gid('header.X'), { [gid('header.X')]: 'hidden\r\nY: 1' }],
    ['lookup.cache', { 'lookup.cache': 'FULL' }],
  ])('%s', (option, more) => {
    const issues = checkOptions('rest-lookup', { ...good, ...more }, 'lookup');
    expect(issues).toMatchObject([{ option, reason: 'invalid', message: expect.not.stringMatching(/hidden/) }]);
  });

  it('a place for a column that is not asked by', () => {
    expect(() => lookupOf('/{region}', CUSTOMERS, [0])).toThrow(/\{region\}.*it compares id/);
  });

  it('headers are secret, whatever they are called', () => {
    expect(isSecretOption('rest-lookup', gid('header.X-Anything'))).toBe(true);
    expect(isSecretOption('rest-lookup', 'url')).toBe(false);
  });
});
