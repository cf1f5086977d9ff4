import { randomUUID } from 'node:crypto';
import { StreamError } from '@millrace/model';
import type { Problem } from '@millrace/protocol/api';
import { ZodError } from 'zod';

/** Ends a request with a status and a sentence for the person who made it. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: Problem['errors'];

  constructor(status: number, code: string, message: string, errors?: Problem['errors']) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Codes of domain errors that are not simply "this request cannot be done" (422). */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'job.missing': 404,
  'queue.missing': 404,
  'account.user-missing': 404,
  'job.name-taken': 409,
  'account.username-taken': 409,
  'job.changed-meanwhile': 409,
  'queue.changed-meanwhile': 409,
  'job.move-refused': 409,
  'job.not-running': 409,
};

/** Any thrown thing as RFC 9457. An unexpected one shows an id only; the id and the stack go to the log. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpError) return problem(error.status, error.code, error.message, error.errors);
  if (error instanceof ZodError) {
    const errors = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    return problem(
      422,
      'request.invalid',
      errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
      errors,
    );
  }
  if (error instanceof StreamError && error.domain === 'user') {
    return problem(STATUS_BY_CODE[error.code] ?? 422, error.code, error.message);
  }
  const id = randomUUID();
  console.error(JSON.stringify({ level: 'error', id, message: error instanceof Error ? error.stack : String(error) }));
  return { ...problem(500, 'internal', `Something went wrong in the portal. Its log knows it as ${id}.`), id };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  422: 'Not valid',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'No answer from another part',
};

function problem(status: number, code: string, detail: string, errors?: Problem['errors']): Problem {
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Refused',
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
}
