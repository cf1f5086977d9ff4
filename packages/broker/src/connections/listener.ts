import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { BrokerState } from '../apis/api.ts';
import { type Principal, principalOf } from '../security/principal.ts';
import { Connection } from './connection.ts';
import { distinguishedName } from './distinguished-name.ts';
import { asksForLogin, type ListenerAddress, type ListenerSettings, type TlsFiles } from './listener-options.ts';
import { Session } from './session.ts';

/** A TLS handshake that takes longer ends the connection. */
const TLS_HANDSHAKE_MS_MAX = 10_000;

interface Listener {
  readonly address: ListenerAddress;
  close(): Promise<void>;
}

/** Opens every listener of the settings, or none: rejects with the error of the first that cannot be opened. */
export async function listenAll(broker: BrokerState): Promise<{
  readonly addresses: readonly ListenerAddress[];
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  const opened: Listener[] = [];
  const close = async () => {
    await Promise.all(opened.map((listener) => listener.close()));
  };
  try {
    for (const settings of broker.settings.listeners) opened.push(await listen(settings, sockets, broker));
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: opened.map(({ address }) => address), close };
}

async function listen(settings: ListenerSettings, sockets: Set<Socket>, broker: BrokerState): Promise<Listener> {
  const own = new Set<Socket>();
  const server = settings.tls === undefined ? createServer() : createEncrypted(settings.tls);
  server.on('connection', (socket: Socket) => {
    // Beyond the limit of all listeners together a connection is closed at once.
    if (sockets.size >= broker.settings.connectionsMax) return void socket.destroy();
    for (const set of [sockets, own]) set.add(socket);
    broker.metrics.connections = sockets.size;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const set of [sockets, own]) set.delete(socket);
      broker.metrics.connections = sockets.size;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const advertised = { host: settings.advertisedHost, port: settings.advertisedPort ?? port };
  const address = { protocol: settings.protocol, host: settings.host, port, advertised };
  server.on(settings.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (!socket.destroyed) serve(socket, address, broker);
  });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of own) socket.destroy();
      }),
  };
}

function serve(socket: Socket, listener: ListenerAddress, broker: BrokerState): void {
  const { users, settings, now, clients } = broker;
  const host = socket.remoteAddress ?? '';
  if (asksForLogin(listener.protocol) && !clients.hasRoomForStranger()) return void socket.destroy();
  const id = clients.nextId();
  const certified = certifiedPrincipal(socket);
  new Connection(
    socket,
    new Session({ id, listener, host, certified, users, sessionMsMax: settings.sessionMsMax, now }),
    broker,
  );
}

/** Who a client is by its certificate; undefined when it has shown none. */
function certifiedPrincipal(socket: Socket): Principal | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  return subject === undefined ? undefined : principalOf(distinguishedName(subject));
}

function createEncrypted({ certFile, keyFile, clientCaFile }: TlsFiles): Server {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  const clients =
    clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile), requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ cert, key, ...clients, minVersion: 'TLSv1.2', handshakeTimeout: TLS_HANDSHAKE_MS_MAX });
}
