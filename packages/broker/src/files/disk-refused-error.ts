/** The disk did not take what was to be stored: it is full, or broken. Nothing of it was acknowledged or kept. */
export class DiskRefusedError extends Error {
  override readonly name = 'DiskRefusedError';

  constructor(path: string, cause: unknown) {
    super(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
