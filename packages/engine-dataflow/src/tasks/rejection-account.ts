import type { RejectionBudget } from '@millrace/contracts';
import { StreamError } from '@millrace/model';

/** So many may be put aside in any interval: a share of a handful of records says nothing. */
const REJECTED_MIN = 100;

/**
 * Counts what one reader read and what of it was put aside, interval by interval, and ends the job when the
 * source's budget is spent: a table that does not fit its records must not pass for a job that works.
 */
export class RejectionAccount {
  readonly #table: string;
  readonly #budget: RejectionBudget | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #read = 0;
  #rejected = 0;

  constructor(table: string, budget: RejectionBudget | undefined) {
    this.#table = table;
    this.#budget = budget;
  }

  /** Records that came in, the rejected ones included. */
  countRead(records: number, now: number): void {
    if (this.#budget === undefined) return;
    if (now - this.#beganAt >= this.#budget.intervalMs) {
      this.#beganAt = now;
      this.#read = 0;
      this.#rejected = 0;
    }
    this.#read += records;
  }

  /** Throws `source.rejection-budget`; `error` is the reason of one of them. */
  countRejected(records: number, error: string): void {
    if (this.#budget === undefined) return;
    const { maxRate, intervalMs } = this.#budget;
    this.#rejected += records;
    if (this.#rejected <= REJECTED_MIN || this.#rejected <= this.#read * maxRate) return;
    const share = `${this.#rejected} of ${this.#read} records within ${intervalMs / 1_000} s`;
    throw new StreamError(
      'source.rejection-budget',
      `${this.#table}: ${share} had to be put aside, more than ${percent(maxRate)}; the last: ${error}. ` +
        "Correct the table definition or whoever writes the records, or raise 'dead-letter.max-rate' of the table (1 puts everything aside).",
      { domain: 'user', retry: 'never' },
    );
  }
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(3))} %`;
}
