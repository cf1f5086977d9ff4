import { StreamError } from '@millrace/model';

/**
 * What a PostgreSQL error means for the job, by its SQLSTATE class. Details of the server may hold values of
 * rows, so only its first line is passed on, and never for errors about data.
 */
export function postgresError(thrown: unknown, doing: string): StreamError {
  if (thrown instanceof StreamError) return thrown;
  const state: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const make = (reason: string, message: string, domain: 'user' | 'external', retry: 'never' | 'backoff') =>
    new StreamError(`jdbc.${reason}`, `${doing}: ${message}`, { domain, retry, detail: `${String(state)} ${text}` });
  if (typeof state !== 'string' || !/^[0-9A-Z]{5}$/.test(state)) {
    return make(
      'unreachable',
      `${text}; check host and port of the option url and that the database runs`,
      'external',
      'backoff',
    );
  }
  const kind = state.slice(0, 2);
  if (kind === '28')
    return make('sign-in', 'the database refused the sign-in; check username and password', 'user', 'never');
  if (state === '3D000')
    return make('database-missing', 'the database does not exist; check the option url', 'user', 'never');
  if (state === '42501')
    return make('permission', `${text}; grant it to the role of the option username`, 'external', 'never');
  if (state === '42P01') return make('table-missing', `${text}; was it dropped?`, 'external', 'never');
  if (kind === '22' || kind === '23')
    return make('bad-value', `the table refuses a row (${dataReason(state)})`, 'user', 'never');
  if (kind === '42') return make('refused', `${text}; was the table changed?`, 'external', 'never');
  return make('database', text, 'external', 'backoff');
}

/** As `postgresError`, for statements that only read: what is wrong with a value is that it cannot be read. */
export function postgresReadError(thrown: unknown, doing: string): StreamError {
  const error = postgresError(thrown, doing);
  if (error === thrown || error.code !== 'jdbc.bad-value') return error;
  const message = `${doing}: a value cannot be read; declare a wider type, or read a view that leaves such rows out`;
  return new StreamError(error.code, message, { domain: 'user', retry: 'never', detail: error.detail ?? '' });
}

const DATA_REASONS: Readonly<Record<string, string>> = {
  '22001': 'a text is too long for its column',
  '22003': 'a number does not fit its column',
  '22P05': 'a text holds a NUL character, which PostgreSQL cannot store',
  '23502': 'a column is NOT NULL and the value is NULL',
  '23503': 'a foreign key points nowhere',
  '23505': 'a unique constraint other than the declared primary key is violated',
  '23514': 'a check constraint is violated',
};

function dataReason(state: string): string {
  return DATA_REASONS[state] ?? `SQLSTATE ${state}`;
}
