import { connect } from 'node:net';
import type { Clock, MessageLink } from '@millrace/contracts';
import { z } from 'zod';
import { exchangeError } from '../exchange/exchange-error.ts';
import { decodeJson, encodeJson, type Message } from '../exchange/frame.ts';
import { MessageSocket } from '../exchange/message-socket.ts';
import { parseAddress } from '../exchange/outgoing-connection.ts';
import type { PeerIdentity } from '../exchange/peer-identity.ts';
import { LINK, LINK_PROTOCOL, SocketLink } from '../link/socket-link.ts';

/** A master that still plans or waits for the scheduler answers later. */
const WELCOME_TIMEOUT_MS = 60_000;
const welcomeSchema = z.object({ engine: z.string() });
const refusedSchema = z.object({ message: z.string() });

export interface MasterConnection {
  readonly link: MessageLink;
  readonly engine: string;
  /** True once the master has said that this worker is no longer needed. */
  readonly released: () => boolean;
}

export interface MasterAddress {
  readonly address: string;
  readonly identity: PeerIdentity;
  readonly attempt: number;
  /** Where this worker's exchange listens. */
  readonly exchangeAddress: string;
}

/** Connects and introduces this worker. Rejects with `exchange.refused` or `exchange.connection-lost`. */
export function connectToMaster(to: MasterAddress, clock: Clock, signal: AbortSignal): Promise<MasterConnection> {
  return new Promise((resolve, reject) => {
    const { host, port } = parseAddress(to.address);
    let link: SocketLink | undefined;
    let released = false;
    const socket = new MessageSocket(connect({ host, port, signal }), {
      onMessage(message) {
        if (message.type === LINK.release) released = true;
        else if (link !== undefined) link.receive(message);
        else {
          const engine = engineOf(message);
          socket.trust();
          clearTimeout(timeout);
          link = new SocketLink(socket, clock);
          resolve({ link, engine, released: () => released });
        }
      },
      onClose(reason) {
        clearTimeout(timeout);
        reject(reason);
        link?.closed(reason.message);
      },
    });
    const timeout = setTimeout(
      () => socket.destroy(exchangeError('exchange.connection-lost', 'The master did not answer.')),
      WELCOME_TIMEOUT_MS,
    );
    const { identity, attempt, exchangeAddress } = to;
    socket.write(LINK.hello, 0, encodeJson({ protocol: LINK_PROTOCOL, ...identity, attempt, exchangeAddress }));
  });
}

function engineOf({ type, body }: Message): string {
  if (type === LINK.welcome) return welcomeSchema.parse(decodeJson(body)).engine;
  const said = type === LINK.refused ? refusedSchema.parse(decodeJson(body)).message : `it said ${type}`;
  throw exchangeError('exchange.refused', `The master refused this worker: ${said}.`);
}
