import type { Step } from '../history.ts';

/** Who may log in on both brokers; `root` is a super user. */
export const USERS = { root: 'root-secret', alice: 'alice-secret' } as const;

/** A connection of its own for a user; the one without a name is root's. */
export function logIn(user: keyof typeof USERS, on?: string): Step[] {
  const connection = on === undefined ? {} : { on };
  return [
    { title: `${user} chooses a mechanism`, ...connection, call: 'SaslHandshake', v: 1, body: { mechanism: 'PLAIN' } },
    {
      title: `${user} logs in`,
      ...connection,
      call: 'SaslAuthenticate',
      v: 2,
      body: { auth_bytes: Buffer.from(`\0${user}\0${USERS[user]}`) },
    },
  ];
}
