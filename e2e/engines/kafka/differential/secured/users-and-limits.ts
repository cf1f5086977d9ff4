import type { Body, Chapter, Step } from '../history.ts';
import { logIn } from './log-in.ts';

const [SHA_256, SHA_512] = [1, 2];
const SALT = Buffer.from('salt of 16 bytes');

const upsertion = (name: string, mechanism: number, iterations = 4096, salted = 32): Body => ({
  ...{ name, mechanism, iterations },
  ...{ salt: SALT, salted_password: Buffer.alloc(salted, 7) },
});

function alter(
  title: string,
  deletions: readonly Body[],
  upsertions: readonly Body[],
  ...gives: readonly string[]
): Step {
  return { title, call: 'AlterUserScramCredentials', v: 0, gives, body: { deletions, upsertions } };
}

function describeUsers(
  title: string,
  names: readonly string[],
  until: (answer: (path: string) => unknown) => boolean,
  ...gives: readonly string[]
): Step {
  return {
    title,
    call: 'DescribeUserScramCredentials',
    v: 0,
    gives,
    until,
    body: { users: names.map((name) => ({ name })) },
  };
}

export const users: Chapter = {
  title: 'users',
  steps: [
    ...logIn('root'),
    alter('users are made', [], [upsertion('users-a', SHA_256), upsertion('users-b', SHA_256)]),
    alter('one at a time', [], [upsertion('users-a', SHA_512, 8192, 64)]),
    describeUsers(
      'and described',
      ['users-a', 'users-b'],
      (answer) => answer('results.1.error_code') === 0 && answer('results.0.error_code') === 0,
    ),
    alter(
      'a credential that is not there is not deleted',
      [{ name: 'users-b', mechanism: SHA_512 }],
      [],
      'RESOURCE_NOT_FOUND',
    ),
    alter('nor one of a mechanism that is none', [{ name: 'users-b', mechanism: 9 }], [], 'UNSUPPORTED_SASL_MECHANISM'),
    alter('nor made', [], [upsertion('users-c', 9)], 'UNSUPPORTED_SASL_MECHANISM'),
    alter('too few iterations are refused', [], [upsertion('users-c', SHA_256, 4095)], 'UNACCEPTABLE_CREDENTIAL'),
    alter('and too many', [], [upsertion('users-c', SHA_256, 16_385)], 'UNACCEPTABLE_CREDENTIAL'),
    alter('a user has a name', [], [upsertion('', SHA_256)], 'UNACCEPTABLE_CREDENTIAL'),
    alter(
      'twice is once too often',
      [],
      [upsertion('users-c', SHA_256), upsertion('users-c', SHA_256)],
      'DUPLICATE_RESOURCE',
    ),
    alter(
      'nor deleted and made at once',
      [{ name: 'users-a', mechanism: SHA_256 }],
      [upsertion('users-a', SHA_256)],
      'DUPLICATE_RESOURCE',
    ),
    alter(
      'nor two credentials of a user in one request',
      [],
      [upsertion('users-c', SHA_256), upsertion('users-c', SHA_512, 1)],
      'DUPLICATE_RESOURCE',
    ),
    describeUsers('nothing of it was done', ['users-c'], () => true, 'RESOURCE_NOT_FOUND'),
    describeUsers('a user is asked for once', ['users-a', 'users-b', 'users-a'], () => true, 'DUPLICATE_RESOURCE'),
    alter(
      'credentials are deleted',
      [
        { name: 'users-a', mechanism: SHA_256 },
        { name: 'users-b', mechanism: SHA_256 },
      ],
      [],
    ),
    describeUsers(
      'and gone',
      ['users-a', 'users-b'],
      (answer) => answer('results.1.error_code') !== 0 && answer('results.0.credential_infos.1') === undefined,
      'RESOURCE_NOT_FOUND',
    ),
  ],
};

type Part = readonly [type: string, name: string | null];
type Operation = readonly [key: string, value: number, remove?: boolean];

function limit(title: string, entity: readonly Part[], ops: readonly Operation[], ...gives: readonly string[]): Step {
  const body = {
    entries: [
      {
        entity: entity.map(([entity_type, entity_name]) => ({ entity_type, entity_name })),
        ops: ops.map(([key, value, remove = false]) => ({ key, value, remove })),
      },
    ],
  };
  return { title, call: 'AlterClientQuotas', v: 1, gives, body };
}

type Component = readonly [type: string, match: number, name?: string];

function describeLimits(
  title: string,
  components: readonly Component[],
  count: number,
  strict = false,
  ...gives: readonly string[]
): Step {
  return {
    ...{ title, call: 'DescribeClientQuotas', v: 1, gives },
    until: (answer) =>
      gives.length > 0 ||
      (answer(`entries.${count}`) === undefined && (count === 0 || answer(`entries.${count - 1}`) !== undefined)),
    body: {
      components: components.map(([entity_type, match_type, match = null]) => ({ entity_type, match_type, match })),
      strict,
    },
  };
}

const [EXACT, DEFAULT, SPECIFIED] = [0, 1, 2];

export const limits: Chapter = {
  title: 'limits',
  steps: [
    ...logIn('root'),
    limit(
      'for a user',
      [['user', 'limits-a']],
      [
        ['producer_byte_rate', 1000],
        ['consumer_byte_rate', 2000],
      ],
    ),
    limit(
      'for a user with any client',
      [
        ['user', 'limits-a'],
        ['client-id', null],
      ],
      [['producer_byte_rate', 3000]],
    ),
    limit('for a client', [['client-id', 'limits-c']], [['consumer_byte_rate', 4000]]),
    limit('for any user', [['user', null]], [['producer_byte_rate', 5e9]]),
    limit('for nobody', [], [['producer_byte_rate', 1]], 'INVALID_REQUEST'),
    limit('for an unknown kind', [['tenant', 'x']], [['producer_byte_rate', 1]], 'INVALID_REQUEST'),
    limit('for an empty name', [['user', '']], [['producer_byte_rate', 1]], 'INVALID_REQUEST'),
    limit('of an unknown rate', [['user', 'limits-a']], [['speed', 1]], 'INVALID_REQUEST'),
    limit('of nothing', [['user', 'limits-a']], [['producer_byte_rate', 0]], 'INVALID_REQUEST'),
    limit('of less than nothing', [['user', 'limits-a']], [['producer_byte_rate', -1]], 'INVALID_REQUEST'),
    limit('of half a byte', [['user', 'limits-a']], [['producer_byte_rate', 1.5]], 'INVALID_REQUEST'),
    describeLimits('all', [], 4),
    describeLimits('of users', [['user', SPECIFIED]], 3),
    describeLimits('of users and nothing else', [['user', SPECIFIED]], 2, true),
    describeLimits('of one user', [['user', EXACT, 'limits-a']], 2),
    describeLimits('of the default user', [['user', DEFAULT]], 1),
    describeLimits(
      'of one user with the default client',
      [
        ['user', EXACT, 'limits-a'],
        ['client-id', DEFAULT],
      ],
      1,
      true,
    ),
    describeLimits('of a user without', [['user', EXACT, 'limits-none']], 0),
    describeLimits(
      'of a kind twice',
      [
        ['user', SPECIFIED],
        ['user', DEFAULT],
      ],
      0,
      false,
      'INVALID_REQUEST',
    ),
    describeLimits('of an unknown kind', [['tenant', SPECIFIED]], 0, false, 'UNSUPPORTED_VERSION'),
    describeLimits('of an unknown match', [['user', 7]], 0, false, 'INVALID_REQUEST'),
    limit('one rate is removed', [['user', 'limits-a']], [['producer_byte_rate', 0, true]]),
    limit('what is not there is removed as well', [['user', 'limits-a']], [['producer_byte_rate', 0, true]]),
    limit('and the last', [['user', null]], [['producer_byte_rate', 0, true]]),
    describeLimits('three entities are left', [], 3),
  ],
};
