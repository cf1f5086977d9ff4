/** A promise that is settled from outside. Settling twice is harmless; the first wins. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;

  constructor() {
    let settle: { resolve: (value: T) => void; reject: (reason: unknown) => void } | undefined;
    this.promise = new Promise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Whoever awaits sees the rejection; nobody awaiting is no crash.
    this.promise.catch(() => {});
    this.resolve = (value) => settle?.resolve(value);
    this.reject = (reason) => settle?.reject(reason);
  }
}

/** The promise, or a rejection with the signal's reason when it aborts first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
