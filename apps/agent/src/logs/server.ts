import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { LOG_STREAMS, type LogSlice } from '@millrace/protocol';
import { z } from 'zod';
import { CONTAINER_ID } from '../launchers/container-directory.ts';
import { readLog } from './log-file.ts';

const SLICE_BYTES_MAX = 1 << 20;

const requestSchema = z.object({
  container: z.string().regex(CONTAINER_ID),
  stream: z.enum(LOG_STREAMS),
  offset: z.coerce.number().int().default(0),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(SLICE_BYTES_MAX)
    .default(64 << 10),
});

export interface LogServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `GET /containers/<uuid>/logs/<stdout|stderr>?offset=&limit=`, on loopback, bearer = cluster token. The
 * path names a container and one of two streams, never a file: every other path is 404, whatever it contains.
 */
export async function startLogServer(containers: string, clusterToken: string): Promise<LogServer> {
  const server = createServer((request, response) => {
    answer(request, containers, clusterToken).then(
      ({ status, body }) => send(response, status, body),
      () => send(response, 500, { code: 'agent.log-unreadable', message: 'The log cannot be read.' }),
    );
  });
  server.requestTimeout = 10_000;
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  containers: string,
  token: string,
): Promise<{ status: number; body: unknown }> {
  if (!isAuthorized(request.headers.authorization, token)) {
    return { status: 401, body: { code: 'agent.unauthorized', message: 'The cluster token is missing or wrong.' } };
  }
  // Not `new URL`: that would resolve dots first. Matched as it came, percent signs included.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const match = /^\/containers\/([0-9a-f-]+)\/logs\/([a-z]+)$/.exec(path);
  if (request.method !== 'GET' || match === null) return notFound();
  const search = new URLSearchParams(query);
  const parsed = requestSchema.safeParse({
    container: match[1],
    stream: match[2],
    offset: search.get('offset') ?? undefined,
    limit: search.get('limit') ?? undefined,
  });
  if (!parsed.success) return notFound();
  const { container, stream, offset, limit } = parsed.data;
  const slice = await readLog(join(containers, container), stream, offset, limit);
  return { status: 200, body: { container, stream, ...slice } satisfies LogSlice };
}

function isAuthorized(header: string | undefined, token: string): boolean {
  const offered = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(sha256(offered), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function notFound(): { status: number; body: unknown } {
  return { status: 404, body: { code: 'agent.no-such-log', message: 'There is no such log.' } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the log server has no port'));
      else resolve(address.port);
    });
  });
}
