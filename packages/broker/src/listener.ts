import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { BrokerState } from './apis/api.ts';
import { serveConnection } from './connection.ts';

/** Listens for clients. Connections beyond the limit are closed at once. */
export async function listen(broker: BrokerState): Promise<{ readonly address: AddressInfo; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    broker.metrics.connections = sockets.size;
    socket.on('close', () => {
      sockets.delete(socket);
      broker.metrics.connections = sockets.size;
    });
    serveConnection(socket, broker);
  });
  server.maxConnections = broker.settings.connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(broker.settings.port, broker.settings.host, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
