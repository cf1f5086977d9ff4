import { expect, test } from 'vitest';
import { CONNECTOR_DESCRIPTIONS, checkOptions } from './options.ts';

const KAFKA = { connector: 'kafka', topic: 'orders', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' };

const messages = (connector: string, options: Record<string, string>, role: 'source' | 'sink' = 'source') =>
  checkOptions(connector, options, role).map(({ option, message }) => `${option}: ${message}`);

test('good options have no issues', () => {
  expect(messages('kafka', { ...KAFKA, 'metadata.part': 'partition', 'scan.startup.mode': 'earliest-offset' })).toEqual(
    [],
  );
  expect(messages('jdbc', { url: 'jdbc:postgresql://db:5432/shop', 'table-name': 'public.gmv' }, 'sink')).toEqual([]);
});

test('of the metadata of a record a sink writes headers and timestamp', () => {
  const written = (key: string) => messages('kafka', { ...KAFKA, 'metadata.a': key }, 'sink');
  expect(written('timestamp')).toEqual([]);
  expect(written('offset')).toEqual([
    "metadata.a: the offset of a record is Kafka's: declare the column a VIRTUAL; only headers and timestamp are written, and the topic where there are several",
  ]);
  expect(messages('kafka', { ...KAFKA, topic: 'a;b', 'metadata.a': 'topic' }, 'sink')).toEqual([]);
  expect(messages('kafka', { ...KAFKA, topic: 'a;b' }, 'sink')).toEqual([
    "topic: to write to several topics a column says which: declare one as STRING METADATA FROM 'topic', not VIRTUAL, or name one topic",
  ]);
  expect(messages('kafka', { ...KAFKA, 'metadata.a': 'topic' }, 'sink')[0]).toContain(
    "the topic of a record is Kafka's",
  );
  expect(checkOptions('print', { 'metadata.a': 'timestamp' }, 'sink')).toMatchObject([{ reason: 'unknown' }]);
});

test('an unknown name is refused with the nearest known one', () => {
  expect(messages('kafka', { ...KAFKA, 'scan.startup.mod': 'earliest-offset' })[0]).toContain(
    "did you mean 'scan.startup.mode'?",
  );
  expect(messages('kafak', KAFKA)[0]).toContain("did you mean 'kafka'?");
});

test('client properties outside the list are refused, whatever they are', () => {
  for (const name of [
    'properties.sasl.login.class',
    'properties.interceptor.classes',
    'properties.enable.auto.commit',
  ]) {
    expect(checkOptions('kafka', { ...KAFKA, [name]: 'x' }, 'source')).toMatchObject([
      { option: name, reason: 'unknown' },
    ]);
  }
});

const WRONG: readonly [name: string, options: Record<string, string>, role: 'source' | 'sink', at: string][] = [
  ['a missing topic', { ...KAFKA, topic: '' }, 'source', 'topic'],
  ['a topic that is none', { ...KAFKA, topic: 'a b' }, 'source', 'topic'],
  ['two topics in a sink', { ...KAFKA, topic: 'a;b' }, 'sink', 'topic'],
  [
    'brokers without a port',
    { ...KAFKA, 'properties.bootstrap.servers': 'localhost' },
    'source',
    'properties.bootstrap.servers',
  ],
  ['a mode that is none', { ...KAFKA, 'scan.startup.mode': 'earliest' }, 'source', 'scan.startup.mode'],
  [
    'a start time that is absent',
    { ...KAFKA, 'scan.startup.mode': 'timestamp' },
    'source',
    'scan.startup.timestamp-millis',
  ],
  ['a key without a format', { ...KAFKA, 'key.fields': 'id' }, 'sink', 'key.format'],
  [
    'SASL without a user',
    { ...KAFKA, 'properties.security.protocol': 'SASL_SSL' },
    'source',
    'properties.sasl.jaas.config',
  ],
  [
    'a duration that is none',
    { ...KAFKA, 'scan.topic-partition-discovery.interval': 'soon' },
    'source',
    'scan.topic-partition-discovery.interval',
  ],
];

test.each(WRONG)('%s is named', (_, options, role, at) => {
  expect(checkOptions('kafka', options, role).map(({ option }) => option)).toContain(at);
});

test('user info and statements do not get into a database by url or table name', () => {
  for (const url of [
    'jdbc:postgresql://u:p@db/x',
    'jdbc:mysql://u:p@db/x',
    'jdbc:oracle://db/x',
    'jdbc:postgresql://db/x?options=-c%20y',
  ]) {
    expect(messages('jdbc', { url, 'table-name': 't' }, 'sink')[0]).toMatch(/^url: /);
  }
  for (const table of ['t; DROP TABLE x', '"t"', 'a.b.c', '1t', `t${'x'.repeat(63)}`]) {
    expect(messages('jdbc', { url: 'jdbc:postgresql://db/x', 'table-name': table }, 'sink')[0]).toMatch(
      /^table-name: /,
    );
  }
});

test('a secret is not repeated in a message, and every secret is marked', () => {
  const issues = checkOptions('kafka', { ...KAFKA, 'properties.sasl.password': '' }, 'source');
  expect(JSON.stringify(issues)).not.toContain('hunter2');
  const secret = /password|keystore\.key|jaas|\.header\./;
  for (const { options } of CONNECTOR_DESCRIPTIONS) {
    for (const option of options) expect(option.secret === true, option.name).toBe(secret.test(option.name));
  }
});

test('every default passes its own check', () => {
  for (const connector of CONNECTOR_DESCRIPTIONS) {
    for (const role of connector.roles) {
      const defaults = connector.options.flatMap((option) =>
        option.default === undefined ? [] : [[option.name, option.default]],
      );
      const issues = checkOptions(connector.name, Object.fromEntries(defaults), role);
      expect(
        issues
          .filter(({ reason }) => reason === 'invalid')
          .filter(({ option }) => defaults.some(([name]) => name === option)),
      ).toEqual([]);
    }
  }
});
