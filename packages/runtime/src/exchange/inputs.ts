import type { ChannelId, InputChannel } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { channelKey, channelLabel } from './channel-key.ts';
import { CHANNEL_CREDIT_BYTES } from './credit.ts';
import { exchangeError } from './exchange-error.ts';
import { type QueuedElement, ReceiveQueue } from './receive-queue.ts';

/** What a sender may have queued on a channel that no task accepted yet: control elements, mostly. */
const UNACCEPTED_BYTES_MAX = 4 << 20;
const UNACCEPTED_ELEMENTS_MAX = 1_024;

/** The sending end as the receiver sees it: in this process, or behind a socket. */
export interface Sender {
  grant(bytes: number): void;
  receiverClosed(): void;
}

/** What a sender holds of the receiving end. */
export interface Attachment {
  push(element: QueuedElement, bytes: number): void;
  /** The sending task closed its end. */
  close(): void;
  /** The way to the sender is gone. */
  break(error: Error): void;
}

interface Entry {
  readonly channel: ChannelId;
  readonly queue: ReceiveQueue;
  accepted: boolean;
  /** A channel is attached once: its sender may be gone again, with all it sent still to be read. */
  attached: boolean;
  sender: Sender | undefined;
  /** Taken by the task, not yet granted again. */
  owed: number;
}

/**
 * The receiving ends of one process. Either side may come first: credit is granted when both are there.
 * Once a channel of a newer execution is accepted, senders of older ones are refused.
 */
export class Inputs {
  readonly #entries = new Map<string, Entry>();
  readonly #creditBytes: number;
  #execution = Number.NEGATIVE_INFINITY;

  constructor(creditBytes = CHANNEL_CREDIT_BYTES) {
    this.#creditBytes = creditBytes;
  }

  /** The task's side. Throws `exchange.duplicate-channel` when a task holds it already. */
  accept(channel: ChannelId, schema: Schema): InputChannel {
    if (channel.execution > this.#execution) this.#begin(channel.execution);
    const entry = this.#entry(channel);
    if (entry.accepted) throw duplicate(channel);
    entry.accepted = true;
    entry.queue.accept(schema);
    entry.sender?.grant(this.#creditBytes);
    return entry.queue;
  }

  /** The sender's side. Throws `exchange.stale-execution` or `exchange.duplicate-channel`. */
  attach(channel: ChannelId, sender: Sender): Attachment {
    if (channel.execution < this.#execution) {
      throw exchangeError(
        'exchange.stale-execution',
        `${channelLabel(channel)} belongs to execution ${channel.execution}; execution ${this.#execution} runs here.`,
      );
    }
    const entry = this.#entry(channel);
    if (entry.attached) throw duplicate(channel);
    entry.attached = true;
    entry.sender = sender;
    if (entry.accepted) sender.grant(this.#creditBytes);
    return {
      push: (element, bytes) => this.#push(entry, element, bytes),
      close: () => {
        entry.sender = undefined;
        entry.queue.senderClosed();
      },
      break: (error) => {
        entry.sender = undefined;
        entry.queue.break(error);
      },
    };
  }

  #begin(execution: number): void {
    this.#execution = execution;
    for (const entry of this.#entries.values()) {
      if (!entry.accepted && entry.channel.execution < execution) entry.queue.close();
    }
  }

  #push(entry: Entry, element: QueuedElement, bytes: number): void {
    const { queue } = entry;
    const full = queue.queuedBytes + bytes > UNACCEPTED_BYTES_MAX || queue.queuedElements >= UNACCEPTED_ELEMENTS_MAX;
    if (entry.accepted || !full) queue.push(element, bytes);
    else
      queue.break(
        exchangeError('exchange.overflow', `Too much was sent on ${channelLabel(entry.channel)} before it was read.`),
      );
  }

  #entry(channel: ChannelId): Entry {
    const key = channelKey(channel);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const queue = new ReceiveQueue(channelLabel(channel), {
      taken: (bytes, left) => this.#giveBack(entry, bytes, left),
      closed: () => {
        this.#entries.delete(key);
        entry.sender?.receiverClosed();
        entry.sender = undefined;
      },
    });
    const entry: Entry = { channel, queue, accepted: false, attached: false, sender: undefined, owed: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Not for every element: when a quarter has gathered, or when the task has read all there is. */
  #giveBack(entry: Entry, bytes: number, left: number): void {
    entry.owed += bytes;
    if (entry.owed === 0 || (left > 0 && entry.owed < this.#creditBytes / 4)) return;
    entry.sender?.grant(entry.owed);
    entry.owed = 0;
  }
}

function duplicate(channel: ChannelId): Error {
  return exchangeError('exchange.duplicate-channel', `${channelLabel(channel)} is already connected.`);
}
