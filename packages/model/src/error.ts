/** Who has to act: the author of the job, the operator of an outside system, or Millrace itself. */
export type ErrorDomain = 'user' | 'external' | 'internal';
export type RetryHint = 'never' | 'backoff';

export interface StreamErrorOptions {
  readonly domain: ErrorDomain;
  readonly retry: RetryHint;
  /** For logs only. Never shown in the portal. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** An error as it crosses a process boundary. */
export interface StreamErrorData {
  readonly code: string;
  readonly message: string;
  readonly domain: ErrorDomain;
  readonly retry: RetryHint;
  readonly detail?: string;
}

/** `code` is `area.reason`, e.g. `kafka.topic-missing`. The message is written for the person who reads it in the portal: what, where, and what to do. */
export class StreamError extends Error {
  readonly code: string;
  readonly domain: ErrorDomain;
  readonly retry: RetryHint;
  readonly detail: string | undefined;

  constructor(code: string, message: string, options: StreamErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StreamError';
    this.code = code;
    this.domain = options.domain;
    this.retry = options.retry;
    this.detail = options.detail;
  }
}

/** Any thrown thing as data; what is not a StreamError is an internal error, retried with backoff. */
export function errorData(error: unknown): StreamErrorData {
  if (error instanceof StreamError) {
    const { code, message, domain, retry, detail } = error;
    return detail === undefined ? { code, message, domain, retry } : { code, message, domain, retry, detail };
  }
  const message = error instanceof Error ? error.message : String(error);
  const detail = error instanceof Error ? error.stack : undefined;
  const data = { code: 'internal.unexpected', message, domain: 'internal', retry: 'backoff' } as const;
  return detail === undefined ? data : { ...data, detail };
}

/** The other direction: data from another process becomes an error again. */
export function errorFromData(data: StreamErrorData): StreamError {
  const { code, message, domain, retry, detail } = data;
  return new StreamError(code, message, detail === undefined ? { domain, retry } : { domain, retry, detail });
}
