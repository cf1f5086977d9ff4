import type { UserFunction } from '@millrace/plan';

/** What the thread is started with. */
export interface ThreadData {
  readonly functions: readonly UserFunction[];
  readonly port: import('node:worker_threads').MessagePort;
  /** One Int32: the thread counts its answers in it and wakes who waits for one. */
  readonly answered: Int32Array<SharedArrayBuffer>;
}

/**
 * `hold` brings accumulators in, by ids that the asker chose; `add`, `retract`, `merge` and `results` name them by id; `give` tells the text of some;
 * `drop` forgets them.
 */
export type Operation = 'call' | 'hold' | 'add' | 'retract' | 'merge' | 'results' | 'give' | 'drop';

export interface Request {
  readonly function: string;
  readonly operation: Operation;
  /** JSON, see `encode-arguments.ts`. */
  readonly payload: string;
}

/** Why a function gave no result. `row` counts within the call, `line` within the body; both only where they are known. */
export interface Failure {
  readonly function: string;
  readonly reason: 'does-not-compile' | 'threw' | 'wrong-value' | 'too-slow' | 'out-of-memory' | 'too-much';
  readonly message: string;
  readonly row?: number;
  readonly line?: number;
}

/** Of a request, and first of all of the start: then `text` is empty. `isFull`: what is held should leave, it takes much memory. */
export type Answer =
  | { readonly ok: true; readonly text: string; readonly isFull?: boolean }
  | { readonly ok: false; readonly failure: Failure };
