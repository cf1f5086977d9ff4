import type { Clock, MessageLink } from '@millrace/contracts';
import { exchangeError } from '../exchange/exchange-error.ts';
import { decodeJson, encodeJson, type Message } from '../exchange/frame.ts';
import type { MessageSocket } from '../exchange/message-socket.ts';

/**
 * Messages between master and worker, in the same envelope as those of the exchange (channel 0) with numbers of
 * their own, so that a call to the wrong port is refused instead of misread:
 *
 *   33 hello    worker   JSON { protocol, application, container, attempt, token, exchangeAddress }
 *   34 welcome  master   JSON { engine }
 *   35 refused  master   JSON { message }
 *   36 message  both     JSON, the engine's own
 *   37 ping     both     empty, every second
 *   38 release  master   empty; the worker is to end, nothing is wrong
 */
export const LINK = { hello: 33, welcome: 34, refused: 35, message: 36, ping: 37, release: 38 } as const;
export const LINK_PROTOCOL = 'millrace-link-1';

export const PING_MS = 1_000;
/** Pings of ours without a word from the peer. Counted in ticks of this process: one that was held up itself accuses nobody. */
const SILENT_TICKS_MAX = 10;

/** One end of the pipe, after the handshake. Its owner feeds it what the socket brings. */
export class SocketLink implements MessageLink {
  readonly #socket: MessageSocket;
  readonly #pings: AbortController = new AbortController();
  #silentTicks = 0;
  #messages: unknown[] = [];
  #onMessage: ((message: unknown) => void) | undefined;
  #onClose: ((reason: string) => void) | undefined;
  #closedFor: string | undefined;
  #toldClose = false;

  constructor(socket: MessageSocket, clock: Clock) {
    this.#socket = socket;
    void this.#keepAlive(clock);
  }

  send(message: unknown): void {
    if (this.#closedFor === undefined) this.#socket.write(LINK.message, 0, encodeJson(message));
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
    const kept = this.#messages;
    this.#messages = [];
    for (const message of kept) listener(message);
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
    this.#tellClose();
  }

  close(): void {
    this.#socket.end(exchangeError('exchange.connection-lost', 'The link was closed on this side.'));
  }

  /** For the owner: what arrived. */
  receive({ type, body }: Message): void {
    this.#silentTicks = 0;
    if (type === LINK.ping) return;
    if (type !== LINK.message) throw exchangeError('exchange.malformed', `Unexpected message ${type} on a link.`);
    const message = decodeJson(body);
    if (this.#onMessage === undefined) this.#messages.push(message);
    else this.#onMessage(message);
  }

  /** For the owner: the socket is closed. */
  closed(reason: string): void {
    this.#closedFor ??= reason;
    this.#pings.abort();
    this.#tellClose();
  }

  #tellClose(): void {
    if (this.#closedFor === undefined || this.#onClose === undefined || this.#toldClose) return;
    this.#toldClose = true;
    this.#onClose(this.#closedFor);
  }

  async #keepAlive(clock: Clock): Promise<void> {
    const { signal } = this.#pings;
    while (!signal.aborted) {
      await clock.sleep(PING_MS, signal).catch(() => {});
      if (signal.aborted) return;
      this.#socket.write(LINK.ping, 0);
      if (++this.#silentTicks < SILENT_TICKS_MAX) continue;
      const seconds = (SILENT_TICKS_MAX * PING_MS) / 1_000;
      this.#socket.destroy(exchangeError('exchange.connection-lost', `Nothing was heard for ${seconds} seconds.`));
      return;
    }
  }
}
