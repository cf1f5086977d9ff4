import { StreamError } from '@millrace/model';

/** Longest time a server is obeyed when it says to come again later. */
const RETRY_AFTER_MS_MAX = 60_000;

/** What the status of an answer means for a lookup. `again`: after that long, and only so often. */
export type Outcome =
  | { readonly kind: 'rows' }
  | { readonly kind: 'none' }
  | { readonly kind: 'again'; readonly afterMs: number; readonly error: StreamError }
  | { readonly kind: 'failed'; readonly error: StreamError };

/** `place` is host and port; nothing of a request or an answer gets into a message. Pure. */
export function outcomeOf(status: number, retryAfter: string | undefined, place: string, now: number): Outcome {
  if (status === 404 || status === 204 || status === 410) return { kind: 'none' };
  if (status >= 200 && status < 300) return { kind: 'rows' };
  if (status === 408 || status === 429 || status >= 500) {
    const message = `${place} answered ${status}${status === 429 ? ' (too many requests): lower the number of requests at one time, or cache' : ''}`;
    const error = new StreamError(`http.status-${status}`, message, { domain: 'external', retry: 'backoff' });
    return { kind: 'again', afterMs: waitOf(retryAfter, now), error };
  }
  const failed = (reason: string, hint: string): Outcome => {
    const message = `${place} answered ${status}: ${hint}`;
    return { kind: 'failed', error: new StreamError(`http.${reason}`, message, { domain: 'user', retry: 'never' }) };
  };
  if (status === 401 || status === 403) return failed('sign-in', 'check the header options, such as Authorization');
  if (status >= 300 && status < 400)
    return failed('redirect', 'redirects are not followed; name the final place in the option url');
  return failed('refused', 'check url, lookup-method and the columns of the key');
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function waitOf(retryAfter: string | undefined, now: number): number {
  if (retryAfter === undefined) return 0;
  const ms = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX);
}
