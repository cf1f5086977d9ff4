import { StreamError } from '@millrace/model';

/** What an error of a MySQL server means for the job, by its name. Messages of the server may hold values of rows, so they stay in the detail. */
export function mysqlError(thrown: unknown, doing: string): StreamError {
  if (thrown instanceof StreamError) return thrown;
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const make = (reason: string, message: string, domain: 'user' | 'external', retry: 'never' | 'backoff') =>
    new StreamError(`jdbc.${reason}`, `${doing}: ${message}`, { domain, retry, detail: `${String(code)} ${text}` });
  const name = typeof code === 'string' ? code : '';
  if (name === 'HANDSHAKE_NO_SSL_SUPPORT')
    return make(
      'tls',
      'the server offers no TLS; leave sslMode out of option url, or set TLS up there',
      'user',
      'never',
    );
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS|HANDSHAKE_SSL/.test(name)) {
    const message = `the server cannot be trusted (${name}); sslMode in option url says how much of it is checked`;
    return make('tls', message, 'user', 'never');
  }
  if (!name.startsWith('ER_')) {
    const message = `${name === '' ? text : name}; check host and port of the option url and that the database runs`;
    return make('unreachable', message, 'external', 'backoff');
  }
  switch (name) {
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR':
    case 'ER_NOT_SUPPORTED_AUTH_MODE':
      return make('sign-in', 'the database refused the sign-in; check username and password', 'user', 'never');
    case 'ER_BAD_DB_ERROR':
      return make('database-missing', 'the database does not exist; check the option url', 'user', 'never');
    case 'ER_DBACCESS_DENIED_ERROR':
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
      return make(
        'permission',
        'the user may not do this; grant it to the user of the option username',
        'external',
        'never',
      );
    case 'ER_NO_SUCH_TABLE':
      return make('table-missing', 'the table does not exist (any more)', 'external', 'never');
    default:
      if (BAD_VALUES.has(name)) return make('bad-value', `the table refuses a row (${name})`, 'user', 'never');
      if (name === 'ER_PARSE_ERROR' || name === 'ER_BAD_FIELD_ERROR')
        return make(
          'refused',
          `the server refuses the statement (${name}); was the table changed?`,
          'external',
          'never',
        );
      return make('database', `the server answers ${name}`, 'external', 'backoff');
  }
}

const BAD_VALUES: ReadonlySet<string> = new Set([
  'ER_BAD_NULL_ERROR',
  'ER_CHECK_CONSTRAINT_VIOLATED',
  'ER_CONSTRAINT_FAILED',
  'ER_DATA_TOO_LONG',
  'ER_DUP_ENTRY',
  'ER_NO_REFERENCED_ROW_2',
  'ER_NO_DEFAULT_FOR_FIELD',
  'ER_ROW_IS_REFERENCED_2',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_WARN_DATA_OUT_OF_RANGE',
]);
