import type { RawClient } from '../raw-client.ts';

/**
 * Somebody who writes to a broker that is killed under him, and knows what he was promised.
 *
 * `begin` is called after every start of the broker, `step` again and again until the connection is lost (any call may
 * then reject), `verify` after a start, when every writer has begun and none has made a step: it reads what is there and
 * throws when a promise was broken.
 */
export interface Writer {
  /** Before any writer begins: the log as the kill left it, throws when it shows what nobody may see yet. */
  verifyUntouched?(client: RawClient): Promise<void>;
  begin(client: RawClient): Promise<void>;
  step(client: RawClient): Promise<void>;
  verify(client: RawClient): Promise<void>;
  /** What was promised so far, in words. */
  summary(): string;
}

/** A promise that was broken: the message says which. */
export class BrokenPromiseError extends Error {
  override readonly name = 'BrokenPromiseError';
}

export function expectThat(claim: boolean, message: string): void {
  if (!claim) throw new BrokenPromiseError(message);
}

/** Small segments, so that kills also meet the roll from one file to the next. */
export const SEGMENT_BYTES = '20000';
