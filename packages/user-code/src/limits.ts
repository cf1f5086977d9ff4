/** What one chain's functions may use. Every bound that a person can run into is named in the message they get. */
export const LIMITS = {
  /** Of QuickJS's own heap, all functions of a chain together; 64 MB of it beside what is held between calls. */
  memoryBytes: 96 * 1024 * 1024,
  /** Accumulators that stay in the sandbox between calls, all functions of a chain together. */
  heldAccumulators: 16_384,
  /** Above this they leave after a call. */
  heldBytes: 32 * 1024 * 1024,
  /** Of calls inside each other. */
  stackBytes: 256 * 1024,
  /** One call into the sandbox (`rowsPerCall` rows) may take so much CPU time; QuickJS itself breaks it off. A busy machine costs nobody a job. */
  callMs: 3_000,
  /** After this the thread is ended: some of QuickJS's built-in loops never look at the clock. */
  endThreadAfterMs: 5_000,
  /** Of wall time, whatever the machine is busy with. */
  answerMs: 60_000,
  /** For the thread to start and to compile the functions: a second, but a machine that starts a whole job at once is busy. */
  startMs: 60_000,
  /** Rows that cross together: enough that crossing costs little, few enough that `callMs` is plenty for each. */
  rowsPerCall: 1_024,
  /** Of the text that carries arguments: rows with large values cross in smaller parts. */
  argumentChars: 4 * 1024 * 1024,
  /** Of the text that carries the results of one call. */
  resultChars: 16 * 1024 * 1024,
  /** Rows a table function may yield for one row. */
  yieldedRows: 100_000,
  /** Of one accumulator as text. */
  accumulatorChars: 1024 * 1024,
} as const;
