/** Time as an argument. Engines and operators never call Date.now. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Monotonic ms with a fraction; for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
