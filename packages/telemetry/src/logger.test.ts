import { StreamError } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { createLogger, type Logger } from './logger.ts';

function capture(secrets: readonly string[] = []): {
  log: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  let text = '';
  const append = (line: string): void => {
    text += line;
  };
  const log = createLogger({
    name: 'test',
    level: 'debug',
    secrets,
    destination: { write: append },
  });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

describe('a log line', () => {
  it('is one JSON object with level, time, name, message and fields', () => {
    const { log, lines } = capture();
    log.child({ container: 'c1' }).warn('slow', { tookMs: 12 });
    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        name: 'test',
        container: 'c1',
        tookMs: 12,
        msg: 'slow',
      },
    ]);
  });

  it('shows code, detail and cause of an error', () => {
    const { log, lines } = capture();
    const cause = new Error('socket closed');
    log.error('failed', {
      error: new StreamError('kafka.down', 'No broker answered.', {
        domain: 'external',
        retry: 'backoff',
        detail: 'tried 3',
        cause,
      }),
    });
    expect(lines()[0]?.error).toMatchObject({
      code: 'kafka.down',
      message: 'No broker answered.',
      detail: 'tried 3',
      cause: { message: 'socket closed' },
    });
  });
});

describe('a secret never reaches the log', () => {
  const canary = 'c4n"ary\\va lue';
  const cases: readonly [string, string, Record<string, unknown>?][] = [
    ['as a registered value in the message', `got ${canary}`],
    ['as a registered value deep in fields', 'x', { a: { b: [canary] } }],
    ['inside an error', 'x', { error: new Error(`bad ${canary}`) }],
    ['url-encoded', `http://h/?q=${encodeURIComponent(canary)}`],
  ];
  for (const [name, message, fields] of cases) {
    it(name, () => {
      const { log, lines, text } = capture([canary]);
      log.info(message, fields);
      expect(lines()).toHaveLength(1);
      expect(text()).not.toContain('ary');
      expect(text()).toContain('***');
    });
  }

  const shapes: readonly [string, string, Record<string, unknown>?][] = [
    ['URL userinfo', 'to postgres://app:hunter22@db:5432/x failed'],
    ['password= in a connection string', 'host=db password=hunter22 user=x'],
    ['JAAS with quotes', 'ScramLoginModule required username="u" password="hunter22 x";'],
    ['a field named like a secret', 'x', { options: { 'sasl.password': 'hunter22' } }],
    ['a bearer token', 'sent authorization: Bearer hunter22.abc'],
  ];
  for (const [name, message, fields] of shapes) {
    it(`by its shape: ${name}`, () => {
      const { log, lines, text } = capture();
      log.info(message, fields);
      expect(lines()).toHaveLength(1);
      expect(text()).not.toContain('hunter22');
    });
  }

  it('when it became known after the logger and its child were made', () => {
    const { log, text } = capture();
    const child = log.child({ part: 'a' });
    log.hide(['swordfish']);
    child.info('it is swordfish');
    expect(text()).not.toContain('swordfish');
  });

  it('and ordinary text stays as it is', () => {
    const { log, lines } = capture(['abc']);
    log.info('read https://host:8080/a@b, abc, tokens: 5', { token: 5, password: null });
    expect(lines()[0]).toMatchObject({ msg: 'read https://host:8080/a@b, abc, tokens: 5', token: 5, password: null });
  });
});
