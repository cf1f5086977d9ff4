import { selectedCount } from '@millrace/batch';
import type { ChannelId, Exchange, InputChannel, OutputChannel, StreamElement } from '@millrace/contracts';
import { StreamError } from '@millrace/model';

/** All the channels between workers that live in one process. `creditBytes` is what a channel may hold unread. */
export class MemoryNetwork {
  readonly #channels = new Map<string, MemoryChannel>();
  /** By receiver: the newest execution it accepted a channel of. */
  readonly #newest = new Map<string, number>();
  readonly #creditBytes: number;
  /** The most any channel ever held, in bytes. */
  peakBytes = 0;

  constructor(creditBytes = 64 * 1024) {
    this.#creditBytes = creditBytes;
  }

  exchange(address: string): Exchange {
    return {
      address,
      accept: (channel) => {
        this.#newest.set(address, Math.max(this.#newest.get(address) ?? 0, channel.execution));
        return this.#channel(channel, address).accept();
      },
      connect: async (channel, receiver) => {
        if (channel.execution < (this.#newest.get(receiver) ?? 0))
          throw broken('stale-execution', 'an older execution');
        return this.#channel(channel, receiver).output(address);
      },
    };
  }

  /** The worker at this address died: its channels break at the other end. */
  kill(address: string): void {
    for (const channel of this.#channels.values()) channel.breakIfAt(address);
  }

  #channel(id: ChannelId, receiver: string): MemoryChannel {
    const key = JSON.stringify([id.execution, id.from, id.fromSubtask, id.to, id.toSubtask, id.input, receiver]);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = new MemoryChannel(receiver, this.#creditBytes, {
      measure: (bytes) => {
        this.peakBytes = Math.max(this.peakBytes, bytes);
      },
      closed: () => this.#channels.delete(key),
    });
    this.#channels.set(key, channel);
    return channel;
  }
}

interface ChannelOwner {
  measure(bytes: number): void;
  closed(): void;
}

class MemoryChannel implements InputChannel {
  readonly #receiver: string;
  readonly #creditBytes: number;
  readonly #owner: ChannelOwner;
  #queue: { readonly element: StreamElement; readonly bytes: number }[] = [];
  #queuedBytes = 0;
  #bytesSent = 0;
  #sender: string | undefined;
  /** Nothing needs to follow: an end or a stopping barrier was sent. */
  #complete = false;
  #accepted = false;
  #broken: Error | undefined;
  #listener: () => void = () => {};
  #waiters: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(receiver: string, creditBytes: number, owner: ChannelOwner) {
    this.#receiver = receiver;
    this.#creditBytes = creditBytes;
    this.#owner = owner;
  }

  accept(): InputChannel {
    if (this.#accepted) throw new Error('the receiving end is already connected');
    this.#accepted = true;
    this.#grant();
    return this;
  }

  poll(): StreamElement | undefined {
    const head = this.#queue.shift();
    if (head === undefined) {
      if (this.#broken !== undefined && !this.#complete) throw this.#broken;
      return undefined;
    }
    this.#queuedBytes -= head.bytes;
    this.#grant();
    return head.element;
  }

  onAvailable(listener: () => void): void {
    this.#listener = listener;
    if (this.#queue.length > 0 || this.#broken !== undefined) listener();
  }

  close(): void {
    this.#break(broken('receiver-closed', 'the receiver closed'));
    this.#owner.closed();
  }

  breakIfAt(address: string): void {
    if (this.#receiver === address || this.#sender === address) {
      this.#break(broken('connection-lost', `worker ${address} died`));
    }
  }

  output(sender: string): OutputChannel {
    if (this.#sender !== undefined) throw broken('duplicate-channel', 'the sending end is already connected');
    this.#sender = sender;
    const channel = this;
    return {
      send: (element) => channel.#send(element),
      get ready() {
        return channel.#ready;
      },
      get bytesSent() {
        return channel.#bytesSent;
      },
      whenReady: (signal) => channel.#whenReady(signal),
      close: () => channel.#break(broken('sender-closed', 'the sender closed')),
    };
  }

  get #ready(): boolean {
    return this.#accepted && this.#queuedBytes < this.#creditBytes && this.#broken === undefined;
  }

  #grant(): void {
    if (this.#ready) for (const { resolve } of this.#waiters.splice(0)) resolve();
  }

  #send(element: StreamElement): void {
    if (this.#broken !== undefined) return;
    if (element.kind === 'end' || (element.kind === 'barrier' && element.stop)) this.#complete = true;
    const bytes = element.kind === 'batch' ? selectedCount(element.batch) * element.batch.columns.length * 8 : 0;
    this.#queue.push({ element, bytes });
    this.#queuedBytes += bytes;
    this.#bytesSent += bytes;
    this.#owner.measure(this.#queuedBytes);
    this.#listener();
  }

  #whenReady(signal: AbortSignal): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#ready) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const settle = (): void => signal.removeEventListener('abort', abort);
      this.#waiters.push({
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  #break(error: StreamError): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    this.#listener();
  }
}

function broken(reason: string, text: string): StreamError {
  return new StreamError(`exchange.${reason}`, `channel broken: ${text}`, { domain: 'internal', retry: 'backoff' });
}
