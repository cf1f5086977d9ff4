import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Broker } from '../broker.ts';
import { formatMetrics } from './format-metrics.ts';

const CONNECTIONS_MAX = 16;
const REQUEST_MS_MAX = 5000;

/**
 * Tells other programs on this machine what the broker does, over HTTP on loopback, to whoever knows the token
 * (`Authorization: Bearer ...`):
 *
 * - `GET /metrics`: counters, and connections by software, for Prometheus
 * - `GET /clients`: who is connected, as JSON, a list of `ConnectedClient`
 */
export async function serveStatus(
  broker: Broker,
  options: { readonly port: number; readonly token: string },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const expected = digest(`Bearer ${options.token}`);
  const server = createServer((request, response) => {
    const isAllowed = timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
    const { status, type, body } = isAllowed ? replyTo(request, broker) : plain(401, 'a token is needed\n');
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' }).end(body);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = REQUEST_MS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function replyTo(request: IncomingMessage, broker: Broker): Reply {
  if (request.method !== 'GET') return plain(405, 'only GET\n');
  switch (request.url) {
    case '/metrics': {
      const body = formatMetrics(broker.metrics(), broker.connectedSoftware());
      return { status: 200, type: 'text/plain; version=0.0.4', body };
    }
    case '/clients':
      return { status: 200, type: 'application/json', body: JSON.stringify(broker.connectedClients()) };
    default:
      return plain(404, 'there is /metrics and /clients\n');
  }
}

function plain(status: number, body: string): Reply {
  return { status, type: 'text/plain', body };
}

/** Of one length, so that comparing tells nothing about it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
