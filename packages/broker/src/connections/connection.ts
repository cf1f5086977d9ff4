import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { ProtocolError } from '@millrace/kafka-protocol';
import type { BrokerState } from '../apis/api.ts';
import { dispatch, leavesNoView, type Reply } from './dispatch.ts';
import { FrameReader } from './frame-reader.ts';
import type { Session } from './session.ts';

/** Requests of one connection that may be unanswered at a time; reading stops at the limit. */
const IN_FLIGHT_MAX = 128;
/** And their bytes: what one connection may make the broker hold, besides one request of the largest size. */
const IN_FLIGHT_BYTES_MAX = 32 * 1024 * 1024;
/** Whoever has not logged in has no reason to send more (Kafka's sasl.server.max.receive.size). */
const UNAUTHENTICATED_REQUEST_BYTES_MAX = 512 * 1024;

/**
 * One client connection.
 *
 *     request   int32 size · int16 apiKey · int16 apiVersion · int32 correlationId · nullable string clientId
 *               · tagged fields (flexible versions) · body
 *     response  int32 size · int32 correlationId · tagged fields (flexible, except ApiVersions) · body
 *
 * Requests are handled as they arrive, answers leave in the order of the requests. A connection can be held: then
 * requests wait, unread in the socket but for those of one chunk. That is so while a log-in goes on, one message at a
 * time, and while a client is throttled (KIP-219).
 */
export class Connection {
  private readonly socket: Socket;
  private readonly session: Session;
  private readonly broker: BrokerState;
  private readonly frames: FrameReader;
  private readonly closed = new AbortController();
  /** Frames that arrived, with others, while the connection was held. */
  private readonly waiting: Buffer[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private holds = 0;
  private inFlight = 0;
  private inFlightBytes = 0;
  /** The answer before the next one: a chain, so that answers keep their order. */
  private lastAnswer: Promise<void> = Promise.resolve();

  constructor(socket: Socket, session: Session, broker: BrokerState) {
    this.socket = socket;
    this.session = session;
    this.broker = broker;
    this.frames = new FrameReader(this.requestBytesMax(), (bytes) => broker.buffers.take(bytes));
    setMaxListeners(IN_FLIGHT_MAX, this.closed.signal);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', () => socket.destroy());
    broker.clients.add(session);
    socket.on('close', () => {
      broker.clients.remove(session);
      this.closed.abort();
      for (const timer of this.timers) clearTimeout(timer);
    });
    if (!session.isAuthenticated) {
      this.after(broker.settings.authenticationMsMax, () => {
        if (!session.isAuthenticated) this.fail(new ProtocolError('nobody logged in'));
      });
    }
  }

  private read(chunk: Buffer): void {
    this.broker.socketGarbage.add(chunk.length);
    try {
      this.frames.push(chunk, (frame) => this.accept(frame));
      if (this.isFull || this.holds > 0) this.socket.pause();
    } catch (error) {
      this.fail(error);
    }
  }

  private accept(frame: Buffer): void {
    if (this.holds > 0) this.waiting.push(frame);
    else this.handle(frame);
  }

  private handle(frame: Buffer): void {
    const { broker, session } = this;
    broker.metrics.requests++;
    broker.metrics.requestBytes += frame.length;
    this.inFlight++;
    this.inFlightBytes += frame.length;
    const isAlone = session.sasl?.isBusy === true;
    if (isAlone) this.holds++;
    const { length } = frame;
    const isFreeAfterwards = leavesNoView(frame, session);
    const reply = dispatch(frame, session, this.closed.signal, broker);
    if (isFreeAfterwards) broker.buffers.give(frame);
    this.restIfDue();
    this.lastAnswer = this.send(reply, length, isAlone, this.lastAnswer).catch((error) => this.fail(error));
  }

  private async send(
    pending: Promise<Reply>,
    requestBytes: number,
    isAlone: boolean,
    previous: Promise<void>,
  ): Promise<void> {
    pending.catch(() => {});
    await previous;
    const reply = await pending;
    this.restIfDue();
    this.inFlight--;
    this.inFlightBytes -= requestBytes;
    if (reply.kind === 'drop') this.socket.destroy();
    else if (reply.kind === 'last') await this.end(reply.chunks);
    else if (reply.kind === 'answer') await this.write(reply.chunks);
    if (isAlone) this.release();
    this.resume();
  }

  private async write(chunks: readonly Buffer[]): Promise<void> {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.cork();
    let flowing = true;
    const last = chunks.length - 1;
    for (const [i, chunk] of chunks.entries()) {
      this.broker.metrics.responseBytes += chunk.length;
      this.session.sawResponse(chunk.length);
      flowing = i < last ? socket.write(chunk) : socket.write(chunk, (error) => this.recycle(error, chunks));
    }
    socket.uncork();
    // A client that does not read its answers holds back its own requests, not the broker's memory.
    if (!flowing) await drained(socket);
  }

  /** What has left is nobody's any more; what a broken connection did with it, nobody knows. */
  private recycle(error: Error | null | undefined, chunks: readonly Buffer[]): void {
    if (error === null || error === undefined) for (const chunk of chunks) this.broker.buffers.give(chunk);
  }

  /** Answers a failed log-in, late enough to make guessing slow, and ends the connection. */
  private async end(chunks: readonly Buffer[]): Promise<void> {
    this.holds++;
    this.broker.metrics.failedAuthentications++;
    await new Promise<void>((resolve) => {
      this.closed.signal.addEventListener('abort', () => resolve(), { once: true });
      this.after(this.broker.settings.failedAuthenticationDelayMs, resolve);
    });
    await this.write(chunks);
    this.socket.destroySoon();
  }

  private release(): void {
    this.holds--;
    this.frames.bytesMax = this.requestBytesMax();
    while (this.holds === 0 && this.waiting.length > 0 && !this.socket.destroyed) {
      const frame = this.waiting.shift();
      if (frame !== undefined) this.handle(frame);
    }
  }

  /** Holds the connection of a client that has spent too much. */
  private restIfDue(): void {
    const restMs = this.session.takeRest();
    if (restMs === 0) return;
    this.broker.metrics.throttledRequests++;
    this.broker.metrics.throttledMs += restMs;
    this.holds++;
    this.after(restMs, () => {
      this.release();
      this.resume();
    });
  }

  private resume(): void {
    const { socket } = this;
    if (socket.isPaused() && !this.isFull && this.holds === 0 && !this.closed.signal.aborted) socket.resume();
  }

  private get isFull(): boolean {
    return this.inFlight >= IN_FLIGHT_MAX || this.inFlightBytes >= IN_FLIGHT_BYTES_MAX;
  }

  private requestBytesMax(): number {
    const { requestBytesMax } = this.broker.settings;
    return this.session.isAuthenticated
      ? requestBytesMax
      : Math.min(requestBytesMax, UNAUTHENTICATED_REQUEST_BYTES_MAX);
  }

  private after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, delayMs);
    this.timers.add(timer);
  }

  private fail(error: unknown): void {
    const { metrics, settings } = this.broker;
    metrics.failedRequests++;
    if (!(error instanceof ProtocolError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      settings.log(`connection ${this.session.host}: ${text}`);
    }
    this.socket.destroy();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
