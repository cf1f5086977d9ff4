import { decodeFrame } from '@millrace/batch';
import type { InputChannel, StreamElement } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { exchangeError } from './exchange-error.ts';

/** An element as it stands in the queue: local ones as they are, batches from a socket still as frame bytes. */
export type QueuedElement = StreamElement | Uint8Array;

export interface ReceiveQueueOwner {
  /** The task took an element: its bytes may be granted to the sender again. `left` elements remain. */
  taken(bytes: number, left: number): void;
  /** The task closed its end. */
  closed(): void;
}

/**
 * The receiving end of one channel, local or not: a queue in the order of arrival. It exists as soon as either
 * side names the channel; until the task accepts it there is no schema and no credit, so it stays small.
 *
 * A break takes its place behind what arrived before it: the task sees every element, then the error. A
 * sender that closes after `end` or after a stopping barrier broke nothing off.
 */
export class ReceiveQueue implements InputChannel {
  readonly #label: string;
  readonly #owner: ReceiveQueueOwner;
  #schema: Schema | undefined;
  #items: { readonly element: QueuedElement; readonly bytes: number }[] = [];
  #head = 0;
  #queuedBytes = 0;
  #complete = false;
  #broken: Error | undefined;
  #closed = false;
  #listener: (() => void) | undefined;

  constructor(label: string, owner: ReceiveQueueOwner) {
    this.#label = label;
    this.#owner = owner;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get queuedElements(): number {
    return this.#items.length - this.#head;
  }

  accept(schema: Schema): void {
    this.#schema = schema;
  }

  push(element: QueuedElement, bytes: number): void {
    if (this.#closed || this.#broken !== undefined) return;
    if (!(element instanceof Uint8Array) && isLast(element)) this.#complete = true;
    this.#items.push({ element, bytes });
    this.#queuedBytes += bytes;
    this.#listener?.();
  }

  /** The sending task closed its end. */
  senderClosed(): void {
    this.break(exchangeError('exchange.sender-closed', `The task before ${this.#label} ended before its last record.`));
  }

  break(error: Error): void {
    if (this.#closed || this.#complete || this.#broken !== undefined) return;
    this.#broken = error;
    this.#listener?.();
  }

  poll(): StreamElement | undefined {
    const item = this.#items[this.#head];
    if (item === undefined || this.#schema === undefined) {
      if (this.#broken !== undefined) throw this.#broken;
      return undefined;
    }
    this.#head++;
    this.#queuedBytes -= item.bytes;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1_024) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    this.#owner.taken(item.bytes, this.queuedElements);
    if (!(item.element instanceof Uint8Array)) return item.element;
    return { kind: 'batch', batch: decodeFrame(item.element, this.#schema) };
  }

  onAvailable(listener: () => void): void {
    this.#listener = listener;
    if (this.queuedElements > 0 || this.#broken !== undefined) listener();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#items = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#listener = undefined;
    this.#owner.closed();
  }
}

function isLast(element: StreamElement): boolean {
  return element.kind === 'end' || (element.kind === 'barrier' && element.stop);
}
