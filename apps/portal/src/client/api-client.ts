import type { Problem } from '@millrace/protocol/api';

/** A refused request: the server's sentence, its code, and the fields at fault. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.fields = problem.errors ?? [];
  }
}

let csrfToken = '';

/** Called with every session answer; the token lives in memory only. */
export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

/** One call of the REST API with the browser's session. Throws ApiError. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' ? {} : { 'x-csrf-token': csrfToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError({
      type: 'about:blank',
      title: 'No answer',
      status: 503,
      code: 'request.unanswered',
      detail: 'The portal does not answer. See whether it still runs, then try again.',
    });
  });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  throw new ApiError(
    problem ?? {
      type: 'about:blank',
      title: 'No answer',
      status: response.status,
      code: 'request.failed',
      detail: `The portal answered ${response.status}.`,
    },
  );
}
