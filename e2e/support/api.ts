import { ADMIN_PASSWORD, product } from './product.ts';

/** The REST API with a token, as a script uses it. */
export class Api {
  readonly #token: string;

  private constructor(token: string) {
    this.#token = token;
  }

  static async signIn(): Promise<Api> {
    const response = await fetch(`${product().apiUrl}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
    });
    if (!response.ok) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`);
    const { token } = (await response.json()) as { token: string };
    return new Api(token);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${product().apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}

export interface JobView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly attempt: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly lastCheckpoint: { readonly id: number } | null;
}

export interface ContainerView {
  readonly id: string;
  readonly role: string;
  readonly status: string;
  readonly pid: number | null;
}

/** Asks until the answer is as wanted; rejects with the last answer after `timeoutMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(
        `${what} did not happen within ${timeoutMs} ms; last seen: ${JSON.stringify(answer).slice(0, 2_000)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
