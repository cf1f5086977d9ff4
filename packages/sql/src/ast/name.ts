import type { Span } from '../source-text.ts';

/** A name as written, quotes removed. */
export interface Name extends Span {
  readonly text: string;
  /** All that is written, when a catalog or database stands before it. */
  readonly path?: readonly Name[];
}

// --- expressions
