import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printedSeed, seededRandom } from '../testing/seeded-random.ts';
import { credentialOfPassword, saltPassword } from './scram-credential.ts';
import { startScram } from './scram-exchange.ts';
import { Users } from './users.ts';

let directory: string;
let users: Users;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-scram-'));
  users = new Users({ dataDir: directory, flush: 'none', onSync: () => {} });
  for (const user of ['alice', 'a,b=c']) {
    await users.change([
      { user, mechanism: 'SCRAM-SHA-256', credential: await credentialOfPassword('SCRAM-SHA-256', 'pw') },
    ]);
  }
});
afterAll(async () => {
  await users.close();
  await rm(directory, { recursive: true, force: true });
});

interface Lies {
  readonly first?: string;
  readonly password?: string;
  readonly nonce?: (nonce: string) => string;
  readonly binding?: string;
}

/** A client by the letter of RFC 5802, but for its lies. */
async function logIn(lies: Lies = {}): Promise<string> {
  const {
    first = 'n,,n=alice,r=abc',
    password = 'pw',
    nonce = (n) => n,
    binding = Buffer.from('n,,').toString('base64'),
  } = lies;
  const exchange = startScram('SCRAM-SHA-256', users);
  const challenge = await exchange(Buffer.from(first));
  if (challenge.kind !== 'challenge') return challenge.kind;
  const serverFirst = challenge.token.toString();
  const { r = '', s = '', i = '' } = /^r=(?<r>[^,]*),s=(?<s>[^,]*),i=(?<i>\d+)$/.exec(serverFirst)?.groups ?? {};
  const salted = await saltPassword('SCRAM-SHA-256', password, Buffer.from(s, 'base64'), Number(i));
  const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const clientKey = mac(salted, 'Client Key');
  const bare = `c=${binding},r=${nonce(r)}`;
  const message = `${first.slice(first.indexOf('n=', 1))},${serverFirst},${bare}`;
  const signature = mac(createHash('sha256').update(clientKey).digest(), message);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64');
  const outcome = await exchange(Buffer.from(`${bare},p=${proof}`));
  if (outcome.kind !== 'accepted') return outcome.kind;
  expect(outcome.token.toString()).toBe(`v=${mac(mac(salted, 'Server Key'), message).toString('base64')}`);
  return outcome.user;
}

describe('SCRAM', () => {
  it.each<readonly [string, Lies, string]>([
    ['a client that knows the password', {}, 'alice'],
    ['a name with characters that have a meaning', { first: 'n,,n=a=2Cb=3Dc,r=abc' }, 'a,b=c'],
    [
      'a client that could bind the channel',
      { first: 'y,,n=alice,r=abc', binding: Buffer.from('y,,').toString('base64') },
      'alice',
    ],
    ['the client nonce twice, as librdkafka 2.0 sends it', { nonce: (n) => `abc${n}` }, 'alice'],
    ['another password', { password: 'other' }, 'refused'],
    ['a user who does not exist', { first: 'n,,n=bob,r=abc' }, 'refused'],
    ['the nonce of another log-in', { nonce: () => 'abcdef' }, 'refused'],
    ['a binding that was not announced', { binding: Buffer.from('y,,').toString('base64') }, 'refused'],
    ['a wish for channel binding', { first: 'p=tls-unique,,n=alice,r=abc' }, 'refused'],
    ['a wish to be somebody else', { first: 'n,a=root,n=alice,r=abc' }, 'refused'],
    ['a broken escape in the name', { first: 'n,,n=a=b,r=abc' }, 'refused'],
    ['no message at all', { first: '' }, 'refused'],
  ])('%s', async (_, lies, outcome) => {
    expect(await logIn(lies)).toBe(outcome);
  });

  it('answers whatever bytes come with a refusal or a challenge', async () => {
    const seed = printedSeed('scram');
    const random = seededRandom(seed);
    const valid = ['n,,n=alice,r=abc', `c=biws,r=abc,p=${Buffer.alloc(32).toString('base64')}`];
    for (let i = 0; i < 500; i++) {
      const exchange = startScram('SCRAM-SHA-256', users);
      for (const message of valid) {
        const bytes = Buffer.from(message);
        for (let k = 0; k < 3; k++) if (random() < 0.6) bytes[Math.floor(random() * bytes.length)] = random() * 256;
        const { kind } = await exchange(bytes.subarray(0, Math.ceil(bytes.length * Math.min(1, random() * 4))));
        expect(['challenge', 'refused'], `SEED=${seed}`).toContain(kind);
        if (kind === 'refused') break;
      }
    }
  });

  it('gives the same salt for a user who does not exist, as for one who does', async () => {
    const ask = async (user: string) => {
      const step = await startScram('SCRAM-SHA-256', users)(Buffer.from(`n,,n=${user},r=abc`));
      return step.kind === 'challenge' ? step.token.toString().replace(/^r=[^,]*/, '') : step.kind;
    };
    expect(await ask('ghost')).toBe(await ask('ghost'));
    expect(await ask('ghost')).not.toBe(await ask('ghoul'));
    expect((await ask('ghost')).length).toBe((await ask('alice')).length);
  });
});
