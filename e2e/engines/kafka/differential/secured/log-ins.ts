import type { Chapter } from '../history.ts';
import { logIn } from './log-in.ts';

const plain = (text: string) => ({ auth_bytes: Buffer.from(text) });

export const logIns: Chapter = {
  title: 'log-ins',
  steps: [
    { title: 'a stranger is told nothing', on: 'curious', call: 'Metadata', v: 9, body: { topics: [] } },
    {
      title: 'a mechanism comes first',
      on: 'hasty',
      call: 'SaslAuthenticate',
      v: 2,
      body: plain('\0alice\0alice-secret'),
    },
    {
      title: 'an unknown mechanism is refused with those there are',
      on: 'odd',
      gives: ['UNSUPPORTED_SASL_MECHANISM'],
      call: 'SaslHandshake',
      v: 1,
      body: { mechanism: 'MAGIC' },
    },
    { title: 'and ends the connection', on: 'odd', call: 'SaslHandshake', v: 1, body: { mechanism: 'PLAIN' } },
    ...(
      [
        ['wrong', '\0alice\0wrong'],
        ['nobody', '\0nobody\0alice-secret'],
        ['other', 'root\0alice\0alice-secret'],
        ['short', '\0alice'],
        ['empty', '\0\0'],
      ] as const
    ).flatMap(([on, text]) => [
      { title: `a mechanism is chosen by ${on}`, on, call: 'SaslHandshake', v: 1, body: { mechanism: 'PLAIN' } },
      {
        title: `${on} credentials are refused`,
        on,
        gives: ['SASL_AUTHENTICATION_FAILED'],
        call: 'SaslAuthenticate',
        v: 1,
        body: plain(text),
      },
      { title: `which ends the connection of ${on}`, on, call: 'Metadata', v: 9, body: { topics: [] } },
    ]),
    { title: 'SCRAM is chosen', on: 'scram', call: 'SaslHandshake', v: 1, body: { mechanism: 'SCRAM-SHA-256' } },
    {
      title: 'SCRAM does not bind channels',
      on: 'scram',
      gives: ['SASL_AUTHENTICATION_FAILED'],
      call: 'SaslAuthenticate',
      v: 2,
      body: plain('p=tls-unique,,n=alice,r=abc'),
    },
    ...logIn('alice', 'alice'),
    { title: 'whoever is logged in is served', on: 'alice', call: 'Metadata', v: 9, body: { topics: [] } },
    {
      title: 'nobody logs in twice',
      on: 'alice',
      gives: ['ILLEGAL_SASL_STATE'],
      call: 'SaslHandshake',
      v: 1,
      body: { mechanism: 'PLAIN' },
    },
    {
      title: 'nor half',
      on: 'alice',
      gives: ['ILLEGAL_SASL_STATE'],
      call: 'SaslAuthenticate',
      v: 1,
      body: plain('\0alice\0alice-secret'),
    },
    { title: 'which is no reason to hang up', on: 'alice', call: 'Metadata', v: 9, body: { topics: [] } },
  ],
};
