import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '@millrace/contracts';
import { StreamError } from '@millrace/model';
import { z } from 'zod';

/** One call: who may make it, and what it answers. Expected refusals are thrown as `HttpError`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Segments that start with a colon are parameters. */
  readonly path: string;
  /** Absent: `BODY_BYTES_MAX`. */
  readonly bodyBytesMax?: number;
  readonly handle: (call: Call) => Promise<unknown>;
}

interface Call {
  readonly params: Readonly<Record<string, string>>;
  /** JSON, not yet parsed by a schema; undefined for GET. */
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** A refusal with its status; `code` and `message` go to the caller. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface HttpServer {
  readonly url: string;
  /** Lets calls under way finish, takes no new ones. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly port: number;
  readonly routes: readonly Route[];
  readonly log: Log;
}

/** Reports of a job with many subtasks are the largest bodies. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const REQUEST_LIMIT_MS = 15_000;
const CLOSE_LIMIT_MS = 2_000;

/** Serves on loopback only. */
export async function serve({ port, routes, log }: ServeOptions): Promise<HttpServer> {
  const server = createServer({ requestTimeout: REQUEST_LIMIT_MS, keepAliveTimeout: 30_000 }, (request, response) => {
    void answer(request, response, routes, log);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => close(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  log: Log,
): Promise<void> {
  try {
    const { route, params } = find(routes, request);
    const body = request.method === 'POST' ? await readJson(request, route.bodyBytesMax ?? BODY_BYTES_MAX) : undefined;
    send(response, 200, (await route.handle({ params, body, authorization: request.headers.authorization })) ?? {});
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.status >= 500) log.error('a call failed', { method: request.method, path: request.url, error });
    send(response, refusal.status, { code: refusal.code, message: refusal.message });
  }
}

function find(routes: readonly Route[], request: IncomingMessage) {
  const path = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  for (const route of routes) {
    const params = route.method === request.method ? match(route.path.split('/'), path) : undefined;
    if (params !== undefined) return { route, params };
  }
  throw new HttpError(404, 'http.not-found', 'There is nothing at this address.');
}

function match(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of pattern.entries()) {
    const given = path[at] ?? '';
    if (segment.startsWith(':') && given !== '') params[segment.slice(1)] = decode(given);
    else if (segment !== given) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, 'http.bad-path', 'The address is not valid.');
  }
}

async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > bytesMax) throw new HttpError(413, 'http.too-large', `A body has at most ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'http.not-json', 'The body is not JSON.');
  }
}

/** A StreamError of the user is 422: trying again will not help. What nobody expected, the database being down for example, is 503: try again. */
function refusalOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof z.ZodError) return new HttpError(400, 'protocol.invalid', z.prettifyError(error));
  if (error instanceof StreamError && error.domain === 'user') return new HttpError(422, error.code, error.message);
  return new HttpError(503, 'scheduler.unavailable', 'The scheduler cannot answer now; try again.');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  // The rest of a body that is too large is not read: the connection cannot be used again.
  if (status === 413) headers.connection = 'close';
  response.writeHead(status, headers).end(text);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** Connections that agents keep open are closed as soon as nothing is under way on them; after the limit, all. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const limit = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}
