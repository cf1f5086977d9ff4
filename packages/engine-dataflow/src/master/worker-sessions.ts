import type { MasterHost, WorkerLink } from '@millrace/contracts';
import type { ContainerId } from '@millrace/model';
import { type MasterMessage, parseWorkerMessage, type WorkerMessage } from '../messages.ts';

export interface SessionListener {
  onMessage(container: ContainerId, message: WorkerMessage): void;
  onLost(container: ContainerId, reason: string): void;
}

/**
 * The workers this master ever got. A link has one listener for life; it passes everything to whichever
 * execution listens now.
 */
export class WorkerSessions {
  readonly #host: MasterHost;
  readonly #links = new Map<ContainerId, WorkerLink>();
  #listener: SessionListener | undefined;

  constructor(host: MasterHost) {
    this.#host = host;
  }

  listen(listener: SessionListener | undefined): void {
    this.#listener = listener;
  }

  add(links: readonly WorkerLink[]): void {
    for (const link of links) {
      const { container } = link;
      if (this.#links.get(container) === link) continue;
      this.#links.set(container, link);
      link.onMessage((raw) => this.#listener?.onMessage(container, parseWorkerMessage(raw)));
      link.onClose((reason) => {
        if (this.#links.get(container) === link) this.#links.delete(container);
        this.#listener?.onLost(container, reason);
      });
    }
  }

  isAlive(container: ContainerId): boolean {
    return this.#links.has(container);
  }

  send(container: ContainerId, message: MasterMessage): void {
    this.#links.get(container)?.send(message);
  }

  /** Ends the container: it did not obey in time, or the job is over. */
  release(container: ContainerId): void {
    this.#links.delete(container);
    this.#host.releaseWorker(container);
  }

  releaseAll(): void {
    for (const container of [...this.#links.keys()]) this.release(container);
  }
}
