import type { StoredRow } from './stored-row.ts';

/** What is known of one key: its rows, once they came. Shared by all rows that wait for them. */
export interface Answer {
  rows: readonly StoredRow[] | undefined;
}

/** Where a lookup join has its answers from. */
export interface AnswerSource {
  /** The answer for a key without NULLs, open or there already. Nothing is sent before `send`. */
  ask(text: string, key: StoredRow): Answer;
  /** After all questions of a batch. */
  send(): void;
  /** What ended the last request for good; the task must not go on. */
  readonly failure: unknown;
  close(): Promise<void>;
}
