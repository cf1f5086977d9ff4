import type { Socket } from 'node:net';
import { exchangeError } from './exchange-error.ts';
import { BODY_BYTES_MAX, encodeHeader, type Message, MessageReader } from './frame.ts';

export interface MessageSocketListener {
  /** In order. What it throws closes the connection with that reason. */
  onMessage(message: Message): void;
  /** Once, after the last message. */
  onClose(reason: Error): void;
}

/** Messages over one TCP connection. Small ones written in the same turn of the event loop leave as one packet. */
export class MessageSocket {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  #corked = false;
  #reason: Error | undefined;

  constructor(socket: Socket, listener: MessageSocketListener) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk) => this.#read(chunk, listener));
    socket.on('error', (cause) => {
      this.#reason ??= exchangeError('exchange.connection-lost', `The connection broke: ${cause.message}.`, cause);
    });
    socket.once('close', () =>
      listener.onClose(
        this.#reason ?? exchangeError('exchange.connection-lost', 'The other worker closed the connection.'),
      ),
    );
  }

  /** The peer has proved who it is: bodies up to the full size are read from now on. */
  trust(): void {
    this.#reader.bodyBytesMax = BODY_BYTES_MAX;
  }

  /** `body` is given away. */
  write(type: number, channel: number, body: Uint8Array = NOTHING): void {
    if (this.#socket.destroyed) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(encodeHeader(type, channel, body.length));
    if (body.length > 0) this.#socket.write(body);
  }

  /** Sends what was written, then closes; nothing more is read. */
  end(reason: Error): void {
    this.#reason ??= reason;
    this.#socket.end();
    this.#socket.destroySoon();
  }

  destroy(reason: Error): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array, listener: MessageSocketListener): void {
    try {
      for (const message of this.#reader.feed(chunk)) {
        if (this.#reason !== undefined) return;
        listener.onMessage(message);
      }
    } catch (error) {
      this.end(error instanceof Error ? error : exchangeError('exchange.malformed', String(error)));
    }
  }
}

const NOTHING = new Uint8Array(0);
