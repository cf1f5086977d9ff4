import { BatchBuilder, CHANGE, type Change, type Value } from '@millrace/batch';
import { createCertificate } from '@millrace/broker/testing/certificate';
import { connectors } from '@millrace/connectors';
import { listTables, testConnection } from '@millrace/connectors/browse';
import type { DataType, Schema } from '@millrace/model';
import {
  askedTable,
  LOOKUP_KEYS,
  LOOKUP_ROWS,
  LOOKUP_SCHEMA,
  type LookupSubject,
  lookupConformance,
} from '@millrace/testing/conformance/lookup';
import { sourceConformance } from '@millrace/testing/conformance/source';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, readerContext, rowsOf, writerContext } from '../../../packages/connectors/src/testing/contexts.ts';
import { MISSING, MysqlServer } from './server.ts';

const signal = () => AbortSignal.timeout(20_000);
const jdbc = connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] }).get('jdbc');
const nullable = true;
const field = (name: string, type: DataType) => ({ name, type });
const bigint: DataType = { kind: 'bigint', nullable };
const string: DataType = { kind: 'string', nullable };
const NUMBERED: Schema = { fields: [field('id', bigint), field('note', string)] };
const PARTS = {
  'scan.partition.column': 'id',
  'scan.partition.num': '4',
  'scan.partition.lower-bound': '1',
  'scan.partition.upper-bound': '137',
};

describe.skipIf(MISSING !== undefined)(`MySQL${MISSING === undefined ? '' : `: ${MISSING}`}`, () => {
  let server: MysqlServer;
  let client: Connection;

  beforeAll(async () => {
    // Settings a server may have that must not matter.
    server = await MysqlServer.start(['--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES', '--default-time-zone=+05:00']);
    client = await server.connect();
    await client.query("SET sql_mode = '', time_zone = '+00:00'");
    await client.query('CREATE TABLE prices (id bigint, price decimal(38, 4), name text, INDEX (id, price))');
    for (const row of LOOKUP_ROWS) {
      await client.query(
        'INSERT INTO prices VALUES (?, ?, ?)',
        row.map((value) => (value === null ? null : String(value))),
      );
    }
    await client.query('CREATE TABLE numbered (id bigint PRIMARY KEY, note text)');
    await client.query('CREATE TABLE worded (word varchar(40), part int, note text, PRIMARY KEY (word, part))');
    for (let n = 1; n <= 137; n++) {
      await client.query('INSERT INTO numbered VALUES (?, ?)', [n, `note ${n}`]);
      await client.query('INSERT INTO worded VALUES (?, ?, ?)', [`Wörd ${n % 10}`, n, `note ${n}`]);
    }
    await client.query('CREATE VIEW notes AS SELECT note, id % 3 AS remainder FROM numbered');
  }, 120_000);
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const optionsOf = (table: string, more: Readonly<Record<string, string>> = {}) => ({
    connector: 'jdbc',
    url: server.url,
    'table-name': table,
    username: MysqlServer.user,
    password: MysqlServer.password,
    ...more,
  });

  function lookupOf(
    table: string,
    schema: Schema,
    keys: readonly number[],
    more: Readonly<Record<string, string>> = {},
  ) {
    return askedTable(jdbc?.createLookup?.(optionsOf(table, more), schema, keys));
  }

  function sourceOf(table: string, schema: Schema, more: Readonly<Record<string, string>> = {}) {
    const made = jdbc?.createSource?.(optionsOf(table, more), schema);
    if (made === undefined) throw new Error('jdbc has a source');
    return made;
  }

  async function readAll(table: string, schema: Schema): Promise<Value[][]> {
    const made = sourceOf(table, schema);
    const reader = made.createReader(readerContext());
    try {
      reader.addSplits(await made.discover(signal()));
      return (await drain(reader, () => reader.snapshot().length === 0, 3)).rows;
    } finally {
      await reader.close();
    }
  }

  async function ask(
    table: string,
    schema: Schema,
    key: number,
    values: readonly Value[],
    more = {},
  ): Promise<Value[][]> {
    const reader = lookupOf(table, schema, [key], more).createReader(readerContext());
    try {
      const builder = new BatchBuilder({ fields: [schema.fields[key] ?? field('', bigint)] });
      for (const value of values) builder.append([value]);
      const { rows, keyOf } = await reader.lookup(builder.finish(), signal());
      return rowsOf(rows).map((row, at) => [keyOf[at] ?? null, ...row]);
    } finally {
      await reader.close();
    }
  }

  async function write(
    table: string,
    schema: Schema,
    rows: readonly (readonly [Change, readonly Value[]])[],
    more = {},
  ) {
    const sink = jdbc?.createSink?.(optionsOf(table, more), schema, 'at-least-once');
    if (sink === undefined) throw new Error('jdbc has a sink');
    await sink.prepare(signal());
    const writer = await sink.createWriter(writerContext('at-least-once'));
    try {
      const batch = new BatchBuilder(schema);
      for (const [change, row] of rows) batch.append(row, change);
      await writer.write(batch.finish());
      await writer.flush();
    } finally {
      await writer.close();
    }
  }

  lookupConformance('a table of MySQL', async (): Promise<LookupSubject> => {
    const source = lookupOf('prices', LOOKUP_SCHEMA, LOOKUP_KEYS);
    return { source, context: readerContext(), close: async () => {} };
  });

  sourceConformance('a table of MySQL with a key', async () => {
    return {
      source: sourceOf('numbered', NUMBERED, PARTS),
      context: readerContext(),
      rows: 137,
      close: async () => {},
    };
  });

  sourceConformance('a table of MySQL with a key of text and number', async () => {
    const schema: Schema = { fields: [field('part', bigint), field('word', string)] };
    const parts = { ...PARTS, 'scan.partition.column': 'part' };
    return { source: sourceOf('worded', schema, parts), context: readerContext(), rows: 137, close: async () => {} };
  });

  sourceConformance('a view of MySQL, which has no key', async () => {
    const schema: Schema = { fields: [field('note', string), field('remainder', bigint)] };
    const parts = { ...PARTS, 'scan.partition.column': 'remainder', 'scan.partition.lower-bound': '0' };
    const source = sourceOf('notes', schema, { ...parts, 'scan.partition.upper-bound': '2' });
    return { source, context: readerContext(), rows: 137, close: async () => {} };
  });

  it('a key of text is read in the order of its column, each row once', async () => {
    const schema: Schema = { fields: [field('word', string), field('part', bigint)] };
    const rows = await readAll('worded', schema);
    expect(new Set(rows.map((row) => row.join(' '))).size).toBe(137);
  });

  describe('every type is read, asked and written exactly', () => {
    const row = (name: string, type: DataType, stored: string, sql: string, value: Value) =>
      [name, type, stored, sql, value] as const;
    const CASES = [
      row('BOOLEAN', { kind: 'boolean', nullable }, 'tinyint(1)', '1', true),
      row('TINYINT', { kind: 'tinyint', nullable }, 'tinyint', '-128', -128),
      row('SMALLINT', { kind: 'smallint', nullable }, 'smallint', '-32768', -32_768),
      row('INT', { kind: 'integer', nullable }, 'int', '2147483647', 2_147_483_647),
      row('BIGINT', bigint, 'bigint', '-9223372036854775808', -(2n ** 63n)),
      row('BIGINT of an unsigned int', bigint, 'int unsigned', '4294967295', 4_294_967_295n),
      row('FLOAT', { kind: 'float', nullable }, 'float', '16777215', 16_777_215),
      row('DOUBLE', { kind: 'double', nullable }, 'double', '0.1', 0.1),
      row('DECIMAL', { kind: 'decimal', precision: 38, scale: 2, nullable }, 'decimal(38, 2)', '-123456789012345678901234567890123456.78', '-123456789012345678901234567890123456.78'),
      row('DECIMAL of a bigint', { kind: 'decimal', precision: 22, scale: 2, nullable }, 'bigint unsigned', '18446744073709551615', '18446744073709551615.00'),
      row('STRING', string, 'varchar(40)', "'it''s é \\\\ 🚀'", "it's é \\ 🚀"),
      row('STRING of latin1', string, 'varchar(40) CHARACTER SET latin1', "'é'", 'é'),
      row('STRING of enum', string, "enum('a', 'b')", "'b'", 'b'),
      row('BYTES', { kind: 'bytes', nullable }, 'varbinary(9)', "X'00FF27'", new Uint8Array([0, 255, 39])),
      row('DATE', { kind: 'date', nullable }, 'date', "'1969-12-31'", -1),
      row('TIME', { kind: 'time', precision: 3, nullable }, 'time(6)', "'23:59:59.999900'", 86_399_999),
      row('TIMESTAMP', { kind: 'timestamp', precision: 3, nullable }, 'datetime(6)', "'1969-12-31 23:59:59.999900'", -1),
      row('TIMESTAMP of ms', { kind: 'timestamp', precision: 3, nullable }, 'datetime(3)', "'2026-01-01 00:00:00.123'", Date.UTC(2026, 0, 1) + 123),
      row('TIMESTAMP_LTZ', { kind: 'timestamp_ltz', precision: 3, nullable }, 'timestamp(3) NULL', "'2026-01-01 00:00:00.500'", Date.UTC(2026, 0, 1) + 500),
      row('ARRAY', { kind: 'array', element: bigint, nullable }, 'json', "'[9007199254740993, null]'", [2n ** 53n + 1n, null]),
      row('ROW', { kind: 'row', fields: [field('a', bigint), field('b', string)], nullable }, 'json', `'{"b":"x","a":9007199254740993}'`, [2n ** 53n + 1n, 'x']),
    ]; // biome-ignore format: a table

    it.each(CASES)('%s', async (name, type, stored, sql, value) => {
      const table = `typed_${name.toLowerCase().replaceAll(/[^a-z]+/g, '_')}`;
      await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v ${stored})`);
      await client.query(`INSERT INTO ${table} VALUES (1, ${sql}), (2, NULL)`);
      const schema: Schema = { fields: [field('id', bigint), field('v', type)] };
      const rows = [
        [1n, value],
        [2n, null],
      ];
      expect(await readAll(table, schema)).toEqual(rows);
      expect(await ask(table, schema, 0, [1n, 2n])).toEqual(rows.map((each, at) => [at, ...each]));
      if (type.kind === 'array' || type.kind === 'row' || sql.includes('9999')) return;
      expect(await ask(table, schema, 1, [value])).toEqual([[0, ...(rows[0] ?? [])]]);
      if (/unsigned|latin1|enum/.test(stored)) return;
      await client.query(`DELETE FROM ${table}`);
      const keyed: Schema = {
        fields: [field('id', { kind: 'integer', nullable: false }), field('v', type)],
        primaryKey: [0],
      };
      await write(
        table,
        keyed,
        [1, 2].map((id, at) => [CHANGE.insert, [id, rows[at]?.[1] ?? null]] as const),
      );
      expect(await readAll(table, schema)).toEqual(rows);
    });
  });

  it('a text is a key by every letter, case and blank of it, and nothing of it is SQL', async () => {
    await client.query('CREATE TABLE named (name varchar(40) PRIMARY KEY, n int) COLLATE utf8mb4_general_ci');
    await client.query("INSERT INTO named VALUES ('Ada', 1), ('x'' OR 1=1 -- ', 2), ('back\\\\slash', 3)");
    const schema: Schema = { fields: [field('name', string), field('n', bigint)] };
    const keys = ['ada', 'Ada', 'Ada ', "x' OR 1=1 -- ", 'back\\slash', "\\' OR 1=1 -- "];
    expect(await ask('named', schema, 0, keys)).toEqual([
      [1, 'Ada', 1n],
      [3, "x' OR 1=1 -- ", 2n],
      [4, 'back\\slash', 3n],
    ]);
  });

  it('rows are upserted and deleted by key in the order they come, and a table is made when asked', async () => {
    const schema: Schema = {
      fields: [field('k', { kind: 'string', nullable: false }), field('n', bigint), field('note', string)],
      primaryKey: [0],
    };
    const more = { 'sink.create-table': 'true', 'sink.buffer-flush.max-rows': '2' };
    const a = ['a', 2n ** 53n + 1n, 'x'] as const;
    await write(
      'totals',
      schema,
      [
        [CHANGE.insert, a],
        [CHANGE.insert, ['A', 1n, null]],
        [CHANGE.insert, ['b', 1n, null]],
      ],
      more,
    );
    expect(await readAll('totals', schema)).toEqual([['A', 1n, null], [...a], ['b', 1n, null]]);
    await write(
      'totals',
      schema,
      [
        [CHANGE.updateBefore, a],
        [CHANGE.updateAfter, ['a', 5n, "it's"]],
        [CHANGE.delete, ['b', 1n, null]],
        [CHANGE.insert, ['b', 7n, 'again']],
        [CHANGE.delete, ['A', 1n, null]],
        [CHANGE.delete, ['never', null, null]],
      ],
      more,
    );
    expect(await readAll('totals', schema)).toEqual([
      ['a', 5n, "it's"],
      ['b', 7n, 'again'],
    ]);
  });

  it('without a key every row is added', async () => {
    await client.query('CREATE TABLE log (n bigint)');
    const schema: Schema = { fields: [field('n', bigint)] };
    await write(
      'log',
      schema,
      [1n, 1n, null].map((n) => [CHANGE.insert, [n]] as const),
    );
    expect((await readAll('log', schema)).length).toBe(3);
  });

  describe('what does not fit is named', () => {
    const keyed: Schema = {
      fields: [field('k', { kind: 'string', nullable: false }), field('n', bigint)],
      primaryKey: [0],
    };
    it.each([
      ['nothing', undefined, 'jdbc.table-missing', "no table or view 'shop.nothing'"],
      ['keyless', 'k varchar(9), n bigint', 'jdbc.table-mismatch', 'no PRIMARY KEY or unique index over k'],
      [
        'blurred',
        'k varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY, n bigint',
        'jdbc.table-mismatch',
        'COLLATE utf8mb4_bin',
      ],
      [
        'other',
        'k varchar(9) COLLATE utf8mb4_bin PRIMARY KEY, n bigint NOT NULL UNIQUE',
        'jdbc.table-mismatch',
        'another unique index, over n',
      ],
      [
        'narrow',
        'k varchar(9) COLLATE utf8mb4_bin PRIMARY KEY, n int',
        'jdbc.table-mismatch',
        "column 'n' is int, which is not written as BIGINT",
      ],
    ])('%s', async (table, columns, code, message) => {
      if (columns !== undefined) await client.query(`CREATE TABLE \`${table}\` (${columns})`);
      const failed = write(table, keyed, [[CHANGE.insert, ['a', 1n]]]);
      await expect(failed).rejects.toMatchObject({ code, domain: 'user', message: expect.stringContaining(message) });
    });

    it('a value the column refuses is told without it', async () => {
      await client.query('CREATE TABLE short (k varchar(3) COLLATE utf8mb4_bin PRIMARY KEY, n bigint)');
      const failed = write('short', keyed, [[CHANGE.insert, ['private', 1n]]]);
      await expect(failed).rejects.toMatchObject({
        code: 'jdbc.bad-value',
        message: expect.not.stringMatching(/private/),
      });
    });

    it('a wrong password, a wrong database, and a server that is away', async () => {
      const asked = (more: Readonly<Record<string, string>>) => ask('numbered', NUMBERED, 0, [1n], more);
      await expect(asked({ password: 'hidden' })).rejects.toMatchObject({
        code: 'jdbc.sign-in',
        message: expect.not.stringMatching(/hidden/),
      });
      await expect(asked({ url: server.url.replace('/shop', '/nowhere') })).rejects.toMatchObject({
        domain: expect.stringMatching(/user|external/),
        retry: 'never',
      });
      await expect(asked({ url: 'jdbc:mysql://127.0.0.1:1/shop' })).rejects.toMatchObject({
        code: 'jdbc.unreachable',
        retry: 'backoff',
      });
      await expect(asked({ url: `${server.url}?sslMode=REQUIRED` })).rejects.toMatchObject({
        code: 'jdbc.tls',
        message: expect.stringContaining('offers no TLS'),
      });
    });
  });

  it('TLS is spoken when it is asked for, and a server that must prove its name has to', async () => {
    await using certificate = await createCertificate();
    const secured = await MysqlServer.start([`--ssl-cert=${certificate.certFile}`, `--ssl-key=${certificate.keyFile}`]);
    try {
      const admin = await secured.connect();
      await admin.query(
        'CREATE TABLE numbered (id bigint PRIMARY KEY, note text); INSERT INTO numbered VALUES (1, NULL)',
      );
      await admin.query(
        "CREATE VIEW session AS SELECT 1 AS id, variable_value AS note FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'",
      );
      await admin.end();
      const asked = (mode: string) => ask('session', NUMBERED, 0, [1n], { url: `${secured.url}${mode}` });
      expect(await asked('')).toEqual([[0, 1n, '']]);
      expect(await asked('?sslMode=REQUIRED')).toEqual([[0, 1n, expect.stringMatching(/AES|CHACHA/)]]);
      await expect(asked('?sslMode=VERIFY_IDENTITY')).rejects.toMatchObject({ code: 'jdbc.tls', retry: 'never' });
    } finally {
      await secured.stop();
    }
  });

  it('a lookup uses the index of the key', async () => {
    await client.query('CREATE TABLE indexed (id int PRIMARY KEY, name text)');
    await client.query("INSERT INTO indexed SELECT a.id * 1000 + b.id, 'name' FROM numbered a JOIN numbered b");
    const before = await handlerReads();
    const schema: Schema = { fields: [field('id', bigint), field('name', string)] };
    expect(await ask('indexed', schema, 0, [1001n, 5005n, 7n])).toHaveLength(2);
    expect((await handlerReads()) - before).toBeLessThan(5_000);
  });

  /** Rows the server read one after the other since it runs: what a scan of a table does. */
  async function handlerReads(): Promise<number> {
    const [rows] = await client.query("SHOW GLOBAL STATUS LIKE 'Handler_read_rnd_next'");
    return Number((rows as { Value: string }[])[0]?.Value);
  }

  it('a connection is tested and its tables are listed', async () => {
    const { connector: _, 'table-name': __, ...options } = optionsOf('any');
    const request = { options, allowedHosts: ['127.0.0.1'], signal: signal() };
    expect(await testConnection('jdbc', request)).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^\d+ tables$/),
    });
    expect((await listTables(request)).find(({ name }) => name === 'worded')).toMatchObject({
      schema: 'shop',
      columns: [
        { name: 'word', type: 'varchar(40)', nullable: false },
        { name: 'part', type: 'int(11)', nullable: false },
        { name: 'note', type: 'text', nullable: true },
      ],
    });
    const wrong = { ...request, options: { ...options, password: 'hidden' } };
    expect(await testConnection('jdbc', wrong)).toMatchObject({ ok: false, error: { code: 'jdbc.sign-in' } });
  });

  it('a private host is not reached unless it is allowed', async () => {
    const closed = connectors({ filesRoot: undefined, allowedHosts: [] }).get('jdbc');
    for (const host of ['127.0.0.1', 'localhost']) {
      const url = server.url.replace('127.0.0.1', host);
      const source = closed?.createSource?.(optionsOf('numbered', { url }), NUMBERED);
      await expect(source?.discover(signal())).rejects.toMatchObject({ code: 'network.forbidden' });
    }
  });
});
