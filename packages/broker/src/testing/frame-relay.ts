import { type AddressInfo, connect, createServer } from 'node:net';
import { FrameReader } from '../connections/frame-reader.ts';

/** Stands between clients and a broker and keeps a copy of every request; for tests that repeat them in other ways. */
export interface FrameRelay extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly Buffer[];
}

const REQUEST_BYTES_MAX = 1 << 26;

/**
 * Listens on a free port of loopback, which the broker must advertise: clients that are told another one go past it.
 *
 * @param brokerPort asked for each connection: the broker may start after the relay
 */
export async function relayFrames(brokerPort: () => number): Promise<FrameRelay> {
  const requests: Buffer[] = [];
  const server = createServer((client) => {
    const frames = new FrameReader(REQUEST_BYTES_MAX);
    const broker = connect(brokerPort(), '127.0.0.1');
    client.on('data', (chunk) => frames.push(chunk, (frame) => requests.push(Buffer.from(frame))));
    client.pipe(broker).pipe(client);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
