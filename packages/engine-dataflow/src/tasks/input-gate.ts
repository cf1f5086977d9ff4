import type { InputChannel, StreamElement } from '@millrace/contracts';

/** One incoming channel and which input of the chain's head it feeds. */
export interface Input {
  readonly channel: InputChannel;
  readonly input: number;
}

export interface Received {
  readonly channel: number;
  readonly input: number;
  readonly element: StreamElement;
}

/** Polls the channels of a task in turn, so that a fast one cannot starve the others. */
export class InputGate {
  readonly #inputs: readonly Input[];
  #next = 0;

  constructor(inputs: readonly Input[], onAvailable: () => void) {
    this.#inputs = inputs;
    for (const { channel } of inputs) channel.onAvailable(onAvailable);
  }

  get channels(): number {
    return this.#inputs.length;
  }

  /** The next element of any channel for which `isBlocked` is false. */
  poll(isBlocked: (channel: number) => boolean): Received | undefined {
    for (let tried = 0; tried < this.#inputs.length; tried++) {
      const at = this.#next;
      this.#next = (at + 1) % this.#inputs.length;
      const from = this.#inputs[at];
      if (from === undefined || isBlocked(at)) continue;
      const element = from.channel.poll();
      if (element !== undefined) return { channel: at, input: from.input, element };
    }
    return undefined;
  }

  close(): void {
    for (const { channel } of this.#inputs) channel.close();
  }
}
