import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import { installPlatformatic, type PlatformaticInstall } from './install.ts';

const run = promisify(execFile);
const STORIES = fileURLToPath(new URL('stories.mjs', import.meta.url));
const STORY_MS_MAX = 60_000;

let install: PlatformaticInstall;
let broker: RunningBroker;
let secured: RunningBroker;

beforeAll(async () => {
  install = await installPlatformatic();
  broker = await runBroker();
  secured = await runSecured();
});

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]();
  await secured?.[Symbol.asyncDispose]();
});

/** A listener in the clear for nobody, and one on which a user logs in: the first is the one that raw clients reach. */
function runSecured(): Promise<RunningBroker> {
  const listeners = [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }] as const;
  return runBroker({ listeners, users: { ann: 'secret of ann' }, superUsers: ['User:ann'] });
}

async function story(name: string, port = broker.port, argument = ''): Promise<unknown> {
  const args = [STORIES, install.home, String(port), name, argument];
  const { stdout } = await run(install.node, args, { timeout: STORY_MS_MAX });
  return JSON.parse(stdout);
}

describe('@platformatic/kafka', () => {
  it('creates, grows, configures, measures and deletes topics, and limits clients', async () => {
    expect(await story('administer')).toEqual({
      isTheSameTopic: true,
      partitions: 3,
      configs: ['1000000', 'compact'],
      bounds: [2, 5],
      logDirectories: [3],
      quotas: [{ key: 'producer_byte_rate', value: 1_000_000 }],
      isLeft: false,
    });
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('gets back what it sent with %s, idempotently', async (codec) => {
    expect(await story('compress', broker.port, codec)).toEqual({ seen: 500, same: 500 });
  });

  it('carries text of any script, headers and absent keys', async () => {
    expect(await story('carry')).toEqual([
      { key: 'ключ', value: '値', headers: { from: 'platformatic' } },
      { key: null, value: 'no key', headers: {} },
    ]);
  });

  it('shares a topic among the members of a group, which goes on where it stopped', async () => {
    expect(await story('share')).toEqual({
      ...{ type: 'classic', state: 'Stable', members: 2, split: [0, 1, 2, 3] },
      later: ['second', 'second', 'second', 'second'],
    });
  });

  it('moves records exactly once, with the offsets of its group; what was aborted is not read', async () => {
    expect(await story('transact')).toEqual({ committed: ['moved 0', 'moved 1', 'moved 2'], all: 4, offsets: [3] });
  });

  it('commits, twice, a transaction that another connection prepared', async () => {
    expect(await story('resume')).toEqual(['prepared']);
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])(
    'logs in by %s, and learns when it may not',
    async (mechanism) => {
      const port = secured.broker.listeners[1]?.port ?? 0;
      const { topics, refusal } = (await story('logIn', port, mechanism)) as { topics: string[]; refusal: string };
      expect(topics).toContain(`of-${mechanism}`);
      expect(refusal).toMatch(/SASL_AUTHENTICATION_FAILED|[Aa]uthentication/);
    },
  );
});
