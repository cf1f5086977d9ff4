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
  if (error instanceof HttpError) {
    const { status, code, message, errors } = error;
    return { type: 'about:blank', title: message, status, code, ...(errors === undefined ? {} : { errors }) };
  }
  if (error instanceof ZodError) {
    const errors = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    return { type: 'about:blank', title: 'The request is not valid.', status: 422, code: 'request.invalid', errors };
  }
  if (error instanceof StreamError && error.domain === 'user') {
    return { type: 'about:blank', title: error.message, status: STATUS_BY_CODE[error.code] ?? 422, code: error.code };
  }
  const id = randomUUID();
  console.error(JSON.stringify({ level: 'error', id, message: error instanceof Error ? error.stack : String(error) }));
  return {
    type: 'about:blank',
    title: 'Something went wrong in the portal.',
    status: 500,
    code: 'internal',
    detail: `Error id ${id}; the portal's log has the details.`,
  };
}
