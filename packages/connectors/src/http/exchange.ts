import { Agent, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import { StreamError } from '@millrace/model';
import { GuardedNetwork } from '../network/connect.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import type { Endpoint } from './endpoint.ts';
import { CERTIFICATES_OPTION } from './options.ts';

/** A larger answer is not one row or a few. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/** Kept-alive connections to one server, which the policy allows; redirects are answers like any other. */
export class HttpConnections {
  readonly #endpoint: Endpoint;
  readonly #network: GuardedNetwork;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  /** `certificates`: those to trust, as PEM text. */
  constructor(
    endpoint: Endpoint,
    network: NetworkPolicy,
    limits: { readonly requestsMax: number; readonly timeoutMs: number },
    certificates: string | undefined,
  ) {
    this.#endpoint = endpoint;
    this.#network = new GuardedNetwork(network, 'url');
    const pool = { keepAlive: true, maxSockets: limits.requestsMax, maxFreeSockets: limits.requestsMax };
    this.#agent = endpoint.secure ? new SecureAgent({ ...pool, ca: certificates }) : new Agent(pool);
    this.#timeoutMs = limits.timeoutMs;
  }

  /** One request and its whole answer. Rejects soon when the signal aborts, and with `http.<reason>` for what happened on the way. */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { host, port } = this.#endpoint;
    signal.throwIfAborted();
    this.#network.checkAddress(host, port);
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await this.#send(request, AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof StreamError) throw error;
      if (this.#network.refusal !== undefined) throw this.#network.refusal;
      const text = error instanceof Error ? error.message : String(error);
      if (isAboutCertificates(error)) throw untrusted(`${host}:${port}`, text);
      const place = `${host}:${port}`;
      const [reason, message] = timeout.aborted
        ? ['timeout', `${place} did not answer within ${this.#timeoutMs / 1_000} s`]
        : ['unreachable', `${place}: ${text}; check the option url and that the service runs`];
      throw new StreamError(`http.${reason}`, message, { domain: 'external', retry: 'backoff' });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ method, target, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { secure, host, port } = this.#endpoint;
    const make = secure ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const place = { host, port, path: target, method, headers, agent: this.#agent, signal };
      const sent = make({ ...place, lookup: this.#network.lookupFor(port) }, (answer) => {
        const parts: Uint8Array[] = [];
        let bytes = 0;
        answer.on('data', (part: Uint8Array) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > ANSWER_BYTES_MAX) answer.destroy(tooLarge(`${host}:${port}`));
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const { 'retry-after': retryAfter } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, retryAfter, body: Buffer.concat(parts) });
        });
        answer.on('close', () => reject(new Error('the connection ended within an answer')));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** Node's names for what is wrong with a certificate; no retry mends it. */
function isAboutCertificates(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS/.test(code);
}

function untrusted(place: string, text: string): StreamError {
  const message = `${place} cannot be trusted: ${text}; give its authority in option '${CERTIFICATES_OPTION}'`;
  return new StreamError('http.tls', message, { domain: 'user', retry: 'never' });
}

function tooLarge(place: string): StreamError {
  const message = `${place} answered with more than ${ANSWER_BYTES_MAX / 1024 / 1024} MiB for one key; ask for fewer rows or columns in the option url`;
  return new StreamError('http.too-large', message, { domain: 'user', retry: 'never' });
}
