import { describe, expect, test } from 'vitest';
import { NetworkPolicy } from './network-policy.ts';

const nothing = new NetworkPolicy([]);

describe('without entries', () => {
  test.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'the public address %s may be reached',
    (address) => expect(nothing.allows('host', 443, address)).toBe(true),
  );

  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'not an address',
  ])('%s may not', (address) => expect(nothing.allows('host', 443, address)).toBe(false));
});

test('an entry opens its host, its port, and no other', () => {
  const policy = new NetworkPolicy([
    '127.0.0.1:9092',
    '10.1.0.0/16',
    'db.internal:5432',
    '*.kafka.lan',
    '[::1]:9092',
    'fd00::/8',
  ]);
  const allowed: readonly [host: string, port: number, address: string, is: boolean][] = [
    ['127.0.0.1', 9_092, '127.0.0.1', true],
    ['localhost', 9_092, '127.0.0.1', true],
    ['127.0.0.1', 5_432, '127.0.0.1', false],
    ['anything', 80, '10.1.255.255', true],
    ['anything', 80, '10.2.0.0', false],
    ['DB.internal.', 5_432, '192.168.0.9', true],
    ['db.internal', 5_433, '192.168.0.9', false],
    ['evil-db.internal', 5_432, '192.168.0.9', false],
    ['b1.kafka.lan', 1, '192.168.0.9', true],
    ['kafka.lan', 1, '192.168.0.9', false],
    ['::1', 9_092, '::1', true],
    ['x', 1, 'fd12::1', true],
  ];
  for (const [host, port, address, is] of allowed)
    expect(policy.allows(host, port, address), `${host}:${port}`).toBe(is);
});

test.each(['', 'a b', 'host:0', 'host:99999', '10.0.0.0/33', 'http://x', '*', 'x/8', '-', '::1/129'])(
  'the entry %j is refused by name',
  (entry) => expect(() => new NetworkPolicy([entry])).toThrow(`'${entry}' in MILLRACE_CONNECTOR_ALLOW is no host`),
);
