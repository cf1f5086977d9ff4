import type { JobExecution } from '@millrace/contracts';
import { errorData } from '@millrace/model';
import type { MasterHeartbeat } from '@millrace/protocol';

type Answer = MasterHeartbeat['savepoints'][number];

/** Savepoints that people asked for: each is taken once, its answer repeated until a heartbeat has carried it. */
export class SavepointRequests {
  readonly #begun = new Set<string>();
  #answers: Answer[] = [];

  /** `requests` as they stand in every answer of the scheduler until they are answered. */
  take(requests: readonly string[], execution: JobExecution): void {
    for (const request of requests) {
      if (this.#begun.has(request)) continue;
      this.#begun.add(request);
      execution.checkpoint('savepoint').then(
        ({ id }) => this.#answers.push({ request, checkpoint: id, error: null }),
        (error) => this.#answers.push({ request, checkpoint: null, error: errorData(error).message }),
      );
    }
  }

  answers(): Answer[] {
    return [...this.#answers];
  }

  /** A heartbeat that carried these was answered. */
  acknowledge(carried: readonly Answer[]): void {
    this.#answers = this.#answers.filter((answer) => !carried.includes(answer));
  }
}
