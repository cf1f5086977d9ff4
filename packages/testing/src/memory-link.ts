import type { MessageLink } from '@millrace/contracts';

class LinkEnd implements MessageLink {
  peer: LinkEnd | undefined;
  #early: unknown[] = [];
  #onMessage: ((message: unknown) => void) | undefined;
  #onClose: ((reason: string) => void) | undefined;
  #closed: string | undefined;

  /** Through JSON, as on a wire; delivered in a later turn, in order. */
  send(message: unknown): void {
    const text = JSON.stringify(message);
    setImmediate(() => {
      if (this.#closed === undefined) this.peer?.receive(JSON.parse(text));
    });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
    if (this.#closed !== undefined) listener(this.#closed);
  }

  close(): void {
    this.end('closed');
    this.peer?.end('the peer closed');
  }

  receive(message: unknown): void {
    if (this.#closed !== undefined) return;
    if (this.#onMessage === undefined) this.#early.push(message);
    else this.#onMessage(message);
  }

  end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#onClose?.(reason);
  }
}

/** Two ends of one ordered pipe of JSON messages. Closing one end closes the other. */
export function memoryLink(): readonly [MessageLink, MessageLink] {
  const [a, b] = [new LinkEnd(), new LinkEnd()];
  a.peer = b;
  b.peer = a;
  return [a, b];
}
