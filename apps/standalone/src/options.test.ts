import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

test('without arguments: port 3000, .millrace below the current folder, with the demo', () => {
  expect(parseOptions([], {}, '/home/ann/millrace')).toMatchObject({
    command: 'run',
    port: 3000,
    dataDir: '/home/ann/millrace/.millrace',
    demo: true,
    databaseUrl: undefined,
  });
});

test('an empty variable means "not set"', () => {
  expect(parseOptions([], { DATABASE_URL: '', MILLRACE_ADMIN_PASSWORD: '' }, '/')).toMatchObject({
    databaseUrl: undefined,
    adminPassword: undefined,
  });
});

test('everything that is wrong is said at once, with the name of the option', () => {
  const wrong = () =>
    parseOptions(
      ['launch', '--port', '70000'],
      { DATABASE_URL: 'mysql://x', MILLRACE_ADMIN_PASSWORD: 'short', KAFKA_BROKERS: 'nowhere' },
      '/',
    );
  expect(wrong).toThrow(/unknown command "launch"/);
  expect(wrong).toThrow(/--port 70000/);
  expect(wrong).toThrow(/DATABASE_URL/);
  expect(wrong).toThrow(/MILLRACE_ADMIN_PASSWORD: at least 12 characters/);
  expect(wrong).toThrow(/KAFKA_BROKERS: host:port/);
});

test('what is wrong is told with what would be right', () => {
  const parse = (argv: readonly string[], env: NodeJS.ProcessEnv) => () => parseOptions(argv, env, '/');
  expect(parse(['--prot', '3'], {})).toThrow(/'--prot'\. There are: --port N, --data-dir D, --no-demo$/);
  expect(parse([], { DATABASE_URL: 'mysql://x' })).toThrow(
    'DATABASE_URL: postgresql://user:password@host:5432/database',
  );
  expect(parse([], { REDIS_URL: 'localhost' })).toThrow('REDIS_URL: redis://host:6379');
});
