import type { OperatorId, Schema } from '@millrace/model';
import type { StreamElement } from './element.ts';

/** One channel of one execution. `execution` changes with every restart, so that late frames of an older one are refused. */
export interface ChannelId {
  readonly execution: number;
  readonly from: OperatorId;
  readonly fromSubtask: number;
  readonly to: OperatorId;
  readonly toSubtask: number;
  readonly input: number;
}

/**
 * Sending end. `send` never waits and never drops; `ready` says whether the engine should send more:
 * flow control is by credit in bytes granted by the receiver. Control elements (barriers, watermarks)
 * may be sent at any time and keep their place in order.
 */
export interface OutputChannel {
  /** A batch's memory may be reused once this returns only if the batch was not local: treat it as given away. */
  send(element: StreamElement): void;
  readonly ready: boolean;
  /** Resolves when `ready` is true; rejects when the channel broke. */
  whenReady(signal: AbortSignal): Promise<void>;
  readonly bytesSent: number;
  close(): void;
}

/** Receiving end, pulled by the task loop. Taking an element gives its credit back to the sender. */
export interface InputChannel {
  /** The next element, or undefined when none has arrived. Throws when the peer broke off without `end`. */
  poll(): StreamElement | undefined;
  /** Called whenever an element arrives or the channel breaks; one listener. */
  onAvailable(listener: () => void): void;
  close(): void;
}

/** Moves elements between the tasks of one job: a queue when both live here, a socket otherwise. */
export interface Exchange {
  /** `address` as published by the receiving worker; its own address means local. Resolves when connected. */
  connect(channel: ChannelId, address: string, schema: Schema, signal: AbortSignal): Promise<OutputChannel>;
  /** Registers the receiving end; the sender may connect before or after. */
  accept(channel: ChannelId, schema: Schema): InputChannel;
  /** Where other workers reach this one. */
  readonly address: string;
}
