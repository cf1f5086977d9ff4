import { connect } from 'node:net';
import { encodeFrame } from '@millrace/batch';
import type { ChannelId, OutputChannel, StreamElement } from '@millrace/contracts';
import { errorFromData } from '@millrace/model';
import { z } from 'zod';
import { channelLabel } from './channel-key.ts';
import { encodeControl } from './control.ts';
import { Credit } from './credit.ts';
import { exchangeError } from './exchange-error.ts';
import { BODY_BYTES_MAX, decodeCredit, decodeJson, encodeJson, MESSAGE, type Message, PROTOCOL } from './frame.ts';
import { MessageSocket } from './message-socket.ts';
import type { PeerIdentity } from './peer-identity.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const refusedSchema = z.object({ code: z.string(), message: z.string() });

/**
 * The way from this worker to one other: carries all channels that lead there, and their credit back. The
 * channels of the other direction have a connection of their own, so neither side has to guess who dials.
 */
export class OutgoingConnection {
  readonly #socket: MessageSocket;
  readonly #credits = new Map<number, Credit>();
  readonly #onClose: () => void;
  readonly welcomed: Promise<void>;
  #settle: { readonly resolve: () => void; readonly reject: (reason: Error) => void };
  #nextChannel = 1;
  #broken: Error | undefined;

  /** `onClose` is called once; every channel is broken by then. */
  constructor(address: string, self: PeerIdentity, onClose: () => void) {
    const { promise, ...settle } = withResolvers();
    this.welcomed = promise;
    this.#settle = settle;
    this.#onClose = onClose;
    const { host, port } = parseAddress(address);
    const socket = connect({ host, port });
    this.#socket = new MessageSocket(socket, {
      onMessage: (message) => this.#receive(message),
      onClose: (reason) => this.#closed(reason),
    });
    const timeout = setTimeout(() => {
      this.destroy(
        exchangeError('exchange.connection-lost', `${address} did not answer within ${CONNECT_TIMEOUT_MS} ms.`),
      );
    }, CONNECT_TIMEOUT_MS);
    const stop = (): void => clearTimeout(timeout);
    promise.then(stop, stop);
    this.#socket.write(MESSAGE.hello, 0, encodeJson({ protocol: PROTOCOL, ...self }));
  }

  open(channel: ChannelId): OutputChannel {
    const number = this.#nextChannel++;
    const credit = new Credit();
    if (this.#broken !== undefined) credit.break(this.#broken);
    this.#credits.set(number, credit);
    this.#socket.write(MESSAGE.open, number, encodeJson(channel));
    return this.#output(channel, number, credit);
  }

  destroy(reason: Error): void {
    this.#socket.destroy(reason);
  }

  #output(channel: ChannelId, number: number, credit: Credit): OutputChannel {
    const socket = this.#socket;
    const credits = this.#credits;
    let bytesSent = 0;
    return {
      send(element: StreamElement) {
        if (credit.broken !== undefined) return;
        const body = element.kind === 'batch' ? encodeFrame(element.batch) : encodeControl(element);
        if (body.length > BODY_BYTES_MAX) {
          credit.break(
            exchangeError(
              'exchange.malformed',
              `A batch of ${body.length} bytes on ${channelLabel(channel)} is too large.`,
            ),
          );
          return;
        }
        bytesSent += body.length;
        if (element.kind === 'batch') credit.take(body.length);
        socket.write(element.kind === 'batch' ? MESSAGE.batch : MESSAGE.control, number, body);
      },
      get ready() {
        return credit.ready;
      },
      whenReady: (signal) => credit.whenReady(signal),
      get bytesSent() {
        return bytesSent;
      },
      close() {
        if (!credits.delete(number)) return;
        socket.write(MESSAGE.close, number);
        credit.break(exchangeError('exchange.sender-closed', `${channelLabel(channel)} was closed by its sender.`));
      },
    };
  }

  #receive({ type, channel, body }: Message): void {
    const credit = this.#credits.get(channel);
    switch (type) {
      case MESSAGE.welcome:
        this.#socket.trust();
        this.#settle.resolve();
        return;
      case MESSAGE.credit:
        credit?.grant(decodeCredit(body));
        return;
      case MESSAGE.receiverGone:
        credit?.break(exchangeError('exchange.receiver-closed', 'The receiving task has ended.'));
        return;
      case MESSAGE.refused: {
        const { code, message } = refusedSchema.parse(decodeJson(body));
        const error = errorFromData({ code, message, domain: 'internal', retry: 'backoff' });
        if (channel === 0) throw error;
        credit?.break(error);
        return;
      }
      default:
        throw exchangeError('exchange.malformed', `Unexpected message ${type} from a receiver.`);
    }
  }

  #closed(reason: Error): void {
    this.#broken = reason;
    this.#settle.reject(reason);
    for (const credit of this.#credits.values()) credit.break(reason);
    this.#onClose();
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let resolve = (): void => {};
  let reject = (_reason: Error): void => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** `host:port`. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(address);
  if (match === null) throw exchangeError('exchange.malformed', `"${address}" is not host:port.`);
  return { host: match[1] ?? '', port: Number(match[2]) };
}
