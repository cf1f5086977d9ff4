import type { SaslExchange, SaslStep } from './sasl-exchange.ts';
import type { Users } from './users.ts';

/**
 * SASL PLAIN (RFC 4616): one message, one answer.
 *
 *     message   [authorisation id] NUL user NUL password
 */
export function startPlain(users: Users): SaslExchange {
  return async (message) => {
    const parts = message.toString('utf8').split('\0');
    const [authorizationId = '', user = '', password = ''] = parts;
    if (parts.length !== 3 || user === '' || password === '') {
      return refused('Invalid SASL/PLAIN response: expected an authorization id, a username and a password');
    }
    if (!(await users.hasPassword(user, password)))
      return refused('Authentication failed: Invalid username or password');
    if (authorizationId !== '' && authorizationId !== user) {
      return refused('Authentication failed: Client requested an authorization id that is different from username');
    }
    return { kind: 'accepted', token: Buffer.alloc(0), user };
  };
}

function refused(message: string): SaslStep {
  return { kind: 'refused', message };
}
