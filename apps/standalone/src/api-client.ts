/** The portal's REST API as this program uses it: signs in, then calls with the bearer token. */
export class ApiClient {
  readonly #url: string;
  #token = '';

  constructor(apiUrl: string) {
    this.#url = apiUrl;
  }

  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.call<{ token: string }>('POST', '/session', { username, password });
    this.#token = answer.token;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 2_000)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
