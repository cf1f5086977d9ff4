import type { Field } from '@millrace/model';
import { describe, expect, test } from 'vitest';
import { decodedChanges } from '../../testing/decoded-changes.ts';
import { wholeName } from './change-format.ts';

const FIELDS: readonly Field[] = [
  { name: 'id', type: { kind: 'bigint', nullable: false } },
  { name: 'name', type: { kind: 'string', nullable: true } },
  { name: 'weight', type: { kind: 'decimal', precision: 10, scale: 3, nullable: true } },
];
const text = { kind: 'string', nullable: true } as const;
const time = { kind: 'timestamp_ltz', precision: 3, nullable: true } as const;
const field = (name: string, type: Field['type']): Field => ({ name, type });

describe('debezium-json', () => {
  const DEBEZIUM = { kind: 'debezium-json', schemaInclude: false, ignoresErrors: false } as const;
  const WITH_SCHEMA = { ...DEBEZIUM, schemaInclude: true } as const;
  /** As the MySQL connector writes them. */
  const source = {
    version: '2.7.0.Final',
    connector: 'mysql',
    name: 'shop',
    ts_ms: 1_735_689_600_123,
    snapshot: 'false',
    db: 'inventory',
    sequence: null,
    table: 'products',
    server_id: 223_344,
    gtid: null,
    file: 'mysql-bin.000003',
    pos: 484,
    row: 0,
    thread: 7,
    query: null,
  };
  const record = (op: string, before: unknown, after: unknown) =>
    JSON.stringify({ before, after, source, op, ts_ms: 1_735_689_600_456, transaction: null });
  const hammer = { id: 101, name: 'hammer', weight: 0.875 };

  test('a row that is created or read by a snapshot is an INSERT, an update takes the row before back, a deletion takes it back for good', () => {
    const heavier = { ...hammer, name: 'größer "é"\n', weight: 1.5 };
    const records = [
      record('r', null, hammer),
      record('c', null, { id: 102, name: null, weight: null }),
      record('u', hammer, heavier),
      record('d', heavier, null),
      '',
    ];
    const { rows, failures } = decodedChanges(DEBEZIUM, FIELDS, records);
    expect(failures).toEqual([]);
    expect(rows).toEqual([
      ['+I', 101n, 'hammer', '0.875'],
      ['+I', 102n, null, null],
      ['-U', 101n, 'hammer', '0.875'],
      ['+U', 101n, 'größer "é"\n', '1.500'],
      ['-D', 101n, 'größer "é"\n', '1.500'],
    ]);
  });

  test('with schema-include the rows are in the payload', () => {
    /** As the PostgreSQL connector and the JSON converter of Kafka Connect write them. */
    const postgres = {
      ...source,
      connector: 'postgresql',
      schema: 'public',
      txId: 555,
      lsn: 24_023_128,
      xmin: null,
    };
    const schema = { type: 'struct', fields: [{ type: 'struct', optional: true, field: 'before' }], optional: false };
    const payload = { before: null, after: hammer, source: postgres, op: 'c', ts_ms: 1_735_689_600_456 };
    const records = [JSON.stringify({ schema, payload }), JSON.stringify({ payload, schema })];
    const metadata = [
      { key: 'value.schema', field: field('s', text) },
      { key: 'value.source.schema', field: field('in', text) },
    ];
    const { rows, failures } = decodedChanges(WITH_SCHEMA, FIELDS, records, { metadata });
    expect(failures).toEqual([]);
    const one = ['+I', 101n, 'hammer', '0.875', JSON.stringify(schema), 'public'];
    expect(rows).toEqual([one, one]);
  });

  test('a time beside the rows is the same moment in a column of more digits', () => {
    const metadata = [
      { key: 'value.ingestion-timestamp', field: field('read', { ...time, precision: 6 }) },
      { key: 'value.source.timestamp', field: field('at', { ...time, precision: 9 }) },
    ];
    const { rows } = decodedChanges(DEBEZIUM, FIELDS.slice(0, 1), [record('c', null, hammer)], { metadata });
    expect(rows[0]?.slice(-2)).toEqual([1_735_689_600_456_000n, 1_735_689_600_123_000_000n]);
  });

  test('what a record says beside its rows fills METADATA columns of both rows of an update', () => {
    const metadata = [
      { key: 'value.ingestion-timestamp', field: field('read', time) },
      { key: 'value.source.timestamp', field: field('at', time) },
      { key: 'value.source.timestamp', field: field('ms', { kind: 'bigint', nullable: true }) },
      { key: 'value.source.database', field: field('db', text) },
      { key: 'value.source.schema', field: field('schema', text) },
      { key: 'value.source.table', field: field('table', text) },
      {
        key: 'value.source.properties',
        field: field('all', { kind: 'map', key: text, value: text, nullable: true }),
      },
    ];
    const { rows } = decodedChanges(DEBEZIUM, FIELDS.slice(0, 1), [record('u', hammer, hammer)], { metadata });
    const properties = Object.entries(source).map(
      ([key, value]) => [key, value === null ? null : String(value)] as const,
    );
    const beside = [
      1_735_689_600_456,
      1_735_689_600_123,
      1_735_689_600_123n,
      'inventory',
      null,
      'products',
      new Map(properties),
    ];
    expect(rows).toEqual([
      ['-U', 101n, ...beside],
      ['+U', 101n, ...beside],
    ]);
  });

  test('a record that cannot be read gives no row, and its message says what is wrong and what to do', () => {
    const good = record('c', null, hammer);
    const wrong: readonly (readonly [text: string, code: string, message: RegExp])[] = [
      ['not json', 'json.malformed', /^not a JSON object: found 'n' at byte 0$/],
      [`${good}x`, 'json.malformed', /^not a JSON object: found 'x' at byte \d+$/],
      ['{"op":"c","after":{"id":1}', 'json.malformed', /the record ends at byte 26/],
      [record('x', hammer, hammer), 'change.operation', /^field op: 'x', one of 'c', 'r', 'u', 'd' is wanted$/],
      ['{}', 'change.operation', /^field op: missing/],
      [
        JSON.stringify({ schema: {}, payload: JSON.parse(good) }),
        'change.operation',
        /'debezium-json.schema-include' = 'true'/,
      ],
      [record('c', null, null), 'change.row', /^field after: missing or null in a record of operation 'c'$/],
      [record('u', null, hammer), 'change.row', /^field before: .*REPLICA IDENTITY FULL/],
      [record('d', null, null), 'change.row', /^field before: .*REPLICA IDENTITY FULL/],
      [
        record('c', null, { ...hammer, id: 'x' }),
        'json.type',
        /^after: field id: expected BIGINT NOT NULL, found "x" at byte 6$/,
      ],
      [record('u', hammer, { ...hammer, weight: 'x' }), 'json.type', /^after: field weight/],
      [record('u', { ...hammer, weight: 'x' }, hammer), 'json.type', /^before: field weight/],
      [record('u', { name: 'no id' }, hammer), 'json.missing', /^before: field id: missing or NULL/],
      [record('c', null, 7), 'json.malformed', /^after: not a JSON object/],
    ];
    for (const [bad, code, message] of wrong) {
      const { rows, failures } = decodedChanges(DEBEZIUM, FIELDS, [good, bad, good]);
      expect(rows, bad).toEqual([
        ['+I', 101n, 'hammer', '0.875'],
        ['+I', 101n, 'hammer', '0.875'],
      ]);
      expect(failures, bad).toMatchObject([{ code, message: expect.stringMatching(message) }]);
    }
    const { failures } = decodedChanges(WITH_SCHEMA, FIELDS, [good]);
    expect(failures).toMatchObject([{ code: 'change.row', message: expect.stringContaining("'false'") }]);
  });

  test('metadata of another type rejects the record', () => {
    const metadata = [{ key: 'value.source.timestamp', field: field('at', time) }];
    const bad = '{"op":"c","after":{"id":1},"source":{"ts_ms":"yesterday"}}';
    const { rows, failures } = decodedChanges(DEBEZIUM, FIELDS, [bad, '{"op":"c","after":{"id":1}}'], { metadata });
    expect(rows).toEqual([['+I', 1n, null, null, null]]);
    expect(failures).toMatchObject([
      { code: 'change.metadata', message: expect.stringContaining("'value.source.timestamp'") },
    ]);
  });

  test('names may be written with escapes, members come in any order, and of two with one name the last counts', () => {
    const bad = '{"\\u006fp":"d","before":{"id":1},"before":{"id":2}}';
    expect(decodedChanges(DEBEZIUM, FIELDS, [bad]).rows).toEqual([['-D', 2n, null, null]]);
  });

  test('a failure says that nobody minds where the table says so', () => {
    const { failures } = decodedChanges({ ...DEBEZIUM, ignoresErrors: true }, FIELDS, ['x']);
    expect(failures).toMatchObject([{ mayBeIgnored: true }]);
  });
});

describe('canal-json', () => {
  const CANAL = { kind: 'canal-json', database: undefined, table: undefined, ignoresErrors: false } as const;
  const record = (type: string, data: unknown, old: unknown, more: object = {}) =>
    JSON.stringify({
      data,
      database: 'inventory',
      es: 1_735_689_600_000,
      id: 9,
      isDdl: false,
      mysqlType: { id: 'INTEGER', name: 'VARCHAR(255)', weight: 'DECIMAL(10,3)' },
      old,
      pkNames: ['id'],
      sql: '',
      sqlType: { id: 4, name: 12, weight: 3 },
      table: 'products',
      ts: 1_735_689_600_777,
      type,
      ...more,
    });

  test('a record has several rows, and values come as text', () => {
    const rows = [
      { id: '101', name: 'scooter', weight: '3.14' },
      { id: '102', name: 'battery', weight: null },
    ];
    const decoded = decodedChanges(CANAL, FIELDS, [record('INSERT', rows, null), record('DELETE', rows, null)]);
    expect(decoded.failures).toEqual([]);
    expect(decoded.rows).toEqual([
      ['+I', 101n, 'scooter', '3.140'],
      ['+I', 102n, 'battery', null],
      ['-D', 101n, 'scooter', '3.140'],
      ['-D', 102n, 'battery', null],
    ]);
  });

  test('the row before an update is the one after it with what was different; a NULL that is written was one', () => {
    const data = [
      { id: '101', name: 'scooter', weight: '5.15' },
      { id: '102', name: 'b', weight: '1' },
      { id: '103', name: 'c', weight: '2' },
    ];
    const old = [{ weight: '5.18' }, { name: null, id: '99' }, {}];
    expect(decodedChanges(CANAL, FIELDS, [record('UPDATE', data, old)]).rows).toEqual([
      ['-U', 101n, 'scooter', '5.180'],
      ['+U', 101n, 'scooter', '5.150'],
      ['-U', 99n, null, '1.000'],
      ['+U', 102n, 'b', '1.000'],
      ['-U', 103n, 'c', '2.000'],
      ['+U', 103n, 'c', '2.000'],
    ]);
  });

  test('what changes the table itself is no row, and other databases and tables are passed over', () => {
    const row = [{ id: '1', name: 'x', weight: '1' }];
    const wanted = { ...CANAL, database: wholeName('inv.*'), table: wholeName('pro|products') };
    const records = [
      record('CREATE', null, null, { isDdl: true, sql: 'CREATE TABLE products (id INT)' }),
      record('INSERT', row, null, { table: 'products_old' }),
      record('INSERT', row, null, { database: 'my_inventory' }),
      record('INSERT', [{ id: 'no number' }], null, { table: 'other' }),
      record('INSERT', row, null),
      record('INSERT', row, null, { table: null }),
    ];
    const { rows, failures } = decodedChanges(wanted, FIELDS, records);
    expect(rows).toEqual([['+I', 1n, 'x', '1.000']]);
    expect(failures).toMatchObject([{ code: 'change.place' }]);
  });

  test('of a record with a row that cannot be read no row is given', () => {
    const rows = [{ id: '1' }, { id: 'two' }];
    const wrong = [
      record('INSERT', rows, null),
      record('UPDATE', [{ id: '1' }, { id: '2' }], [{}]),
      record('UPDATE', [{ id: '1' }], null),
      record('INSERT', { id: '1' }, null),
      record('INSERT', [1], null),
      record('TRUNCATE', null, null),
    ];
    const { rows: given, failures } = decodedChanges(CANAL, FIELDS, wrong);
    expect(given).toEqual([]);
    expect(failures.map(({ message }) => message)).toEqual([
      'data[1]: field id: expected BIGINT NOT NULL, found "two" at byte 6',
      "field old: missing or null in a record of operation 'UPDATE'",
      "field old: missing or null in a record of operation 'UPDATE'",
      "field data: missing or null in a record of operation 'INSERT'",
      "field data: missing or null in a record of operation 'INSERT'",
      "field type: 'TRUNCATE', one of 'INSERT', 'UPDATE', 'DELETE' is wanted",
    ]);
  });

  test('what a record says beside its rows fills METADATA columns', () => {
    const names = { kind: 'array', element: text, nullable: true } as const;
    const types = { kind: 'map', key: text, value: { kind: 'integer', nullable: true }, nullable: true } as const;
    const metadata = [
      { key: 'value.database', field: field('d', text) },
      { key: 'value.table', field: field('t', text) },
      { key: 'value.sql-type', field: field('types', types) },
      { key: 'value.pk-names', field: field('pk', names) },
      { key: 'value.ingestion-timestamp', field: field('read', time) },
      { key: 'value.event-timestamp', field: field('at', time) },
    ];
    const records = [record('INSERT', [{ id: '1' }], null), '{"type":"INSERT","data":[{"id":2}]}'];
    const sqlTypes = new Map(Object.entries({ id: 4, name: 12, weight: 3 }));
    expect(decodedChanges(CANAL, FIELDS.slice(0, 1), records, { metadata }).rows).toEqual([
      ['+I', 1n, 'inventory', 'products', sqlTypes, ['id'], 1_735_689_600_777, 1_735_689_600_000],
      ['+I', 2n, null, null, null, null, null, null],
    ]);
  });
});

describe('maxwell-json', () => {
  const MAXWELL = { kind: 'maxwell-json', ignoresErrors: false } as const;
  const head = { database: 'test', table: 'products', ts: 1_735_689_600, xid: 100, commit: true };

  test('data is the row, old what was different before', () => {
    const row = { id: 111, name: 'scooter', weight: 5.15 };
    const records = [
      { ...head, type: 'insert', data: row },
      { ...head, type: 'update', data: row, old: { weight: 5.18, name: null } },
      { ...head, type: 'update', data: row, old: {} },
      { ...head, type: 'delete', data: row, primary_key_columns: ['id'] },
      { ...head, type: 'bootstrap-start', data: {} },
      { ...head, type: 'update', data: row },
      { ...head, type: 'insert', data: null },
    ];
    const names = { kind: 'array', element: text, nullable: true } as const;
    const metadata = [
      { key: 'value.database', field: field('d', text) },
      { key: 'value.table', field: field('t', text) },
      { key: 'value.primary-key-columns', field: field('pk', names) },
      { key: 'value.ingestion-timestamp', field: field('read', time) },
    ];
    const { rows, failures } = decodedChanges(
      MAXWELL,
      FIELDS,
      records.map((record) => JSON.stringify(record)),
      { metadata },
    );
    const beside = ['test', 'products', null, 1_735_689_600_000];
    expect(rows).toEqual([
      ['+I', 111n, 'scooter', '5.150', ...beside],
      ['-U', 111n, null, '5.180', ...beside],
      ['+U', 111n, 'scooter', '5.150', ...beside],
      ['-U', 111n, 'scooter', '5.150', ...beside],
      ['+U', 111n, 'scooter', '5.150', ...beside],
      ['-D', 111n, 'scooter', '5.150', 'test', 'products', ['id'], 1_735_689_600_000],
    ]);
    expect(failures.map(({ code }) => code)).toEqual(['change.operation', 'change.row', 'change.row']);
  });
});

describe('ogg-json', () => {
  const OGG = { kind: 'ogg-json', ignoresErrors: false } as const;
  const head = {
    table: 'SHOP.PRODUCTS',
    op_ts: '2025-01-01 00:00:00.123000',
    current_ts: '2025-01-01T00:00:01.456000',
    primary_keys: ['id'],
    pos: '00000000000000000000143',
  };

  test('before and after are whole rows, and times are words', () => {
    const before = { id: 111, name: 'scooter', weight: 5.18 };
    const after = { ...before, weight: 5.15 };
    const records = [
      { ...head, op_type: 'I', after },
      { ...head, op_type: 'U', before, after },
      { ...head, op_type: 'D', before },
      { ...head, op_type: 'T' },
      { ...head, op_type: 'U', after },
      { ...head, op_type: 'D', before: null },
      { ...head, op_type: 'I', after, op_ts: 'noon' },
    ];
    const names = { kind: 'array', element: text, nullable: true } as const;
    const metadata = [
      { key: 'value.table', field: field('t', text) },
      { key: 'value.primary-keys', field: field('pk', names) },
      { key: 'value.ingestion-timestamp', field: field('read', time) },
      { key: 'value.event-timestamp', field: field('at', time) },
    ];
    const { rows, failures } = decodedChanges(
      OGG,
      FIELDS,
      records.map((record) => JSON.stringify(record)),
      { metadata },
    );
    const beside = ['SHOP.PRODUCTS', ['id'], 1_735_689_601_456, 1_735_689_600_123];
    expect(rows).toEqual([
      ['+I', 111n, 'scooter', '5.150', ...beside],
      ['-U', 111n, 'scooter', '5.180', ...beside],
      ['+U', 111n, 'scooter', '5.150', ...beside],
      ['-D', 111n, 'scooter', '5.180', ...beside],
    ]);
    expect(failures.map(({ code }) => code)).toEqual([
      'change.operation',
      'change.row',
      'change.row',
      'change.metadata',
    ]);
  });

  test('a time written with microseconds keeps them where the column does', () => {
    const metadata = [{ key: 'value.event-timestamp', field: field('at', { ...time, precision: 6 }) }];
    const record = { op_type: 'I', op_ts: '2025-01-01 00:00:00.123456', after: { id: 111 } };
    const { rows } = decodedChanges(OGG, FIELDS.slice(0, 1), [JSON.stringify(record)], { metadata });
    expect(rows[0]?.at(-1)).toBe(1_735_689_600_123_456n);
  });
});
