import { StreamError } from '@millrace/model';

/** What an answer of Redis means for the job, by the word it begins with. Nothing of a key or a row gets into a message. */
export function redisError(thrown: unknown, doing: string): StreamError {
  if (thrown instanceof StreamError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const [word = ''] = text.split(' ');
  const make = (reason: string, message: string, domain: 'user' | 'external', retry: 'never' | 'backoff') =>
    new StreamError(`redis.${reason}`, `${doing}: ${message}`, { domain, retry, detail: text });
  switch (word) {
    case 'NOAUTH':
    case 'WRONGPASS':
      return make('sign-in', 'Redis refused the sign-in; check username and password', 'user', 'never');
    case 'NOPERM':
      return make(
        'permission',
        'the user may not do this; grant it GET, HMGET, EXISTS, SET, HSET, DEL and PEXPIRE',
        'user',
        'never',
      );
    case 'WRONGTYPE':
      return make('wrong-type', "a key holds another kind of value than option 'mode' says", 'user', 'never');
    case 'MOVED':
    case 'ASK':
      return make(
        'cluster',
        'this is a Redis Cluster, which is not spoken yet; name a server or a proxy that holds all keys',
        'user',
        'never',
      );
    case 'OOM':
      return make('full', 'Redis is out of memory; give it more, or write rows with option ttl', 'external', 'backoff');
    default: {
      const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
      if (typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS/.test(code)) {
        const message = `the server cannot be trusted (${code}); give its authority in option 'ssl.certificates'`;
        return make('tls', message, 'user', 'never');
      }
      const isWord = /^[A-Z]{3,}$/.test(word);
      const message = isWord ? `Redis answers ${word}` : `${text}; check host and port and that the server runs`;
      return make(isWord ? 'server' : 'unreachable', message, 'external', 'backoff');
    }
  }
}
