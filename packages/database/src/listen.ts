import pg from 'pg';

/** Carries `Change`s to whoever shows them; the payload is JSON below PostgreSQL's limit of 8,000 bytes. */
export const CHANGES_CHANNEL = 'millrace_changes';
/** Says only that the outbox has rows. */
export const OUTBOX_CHANNEL = 'millrace_outbox';

export interface ListenOptions {
  readonly url: string;
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Called after every connect, the first one too: what happened before is not heard, so look once. */
  readonly onConnected?: () => void;
  readonly onError?: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/**
 * LISTENs on a connection of its own until the signal aborts, and comes back after every loss of the
 * server. Notifications of the gap are lost: readers look at the tables again in `onConnected`.
 */
export async function listen(options: ListenOptions): Promise<void> {
  let retryMs = RETRY_MIN_MS;
  while (!options.signal.aborted) {
    try {
      await listenOnce(options, () => {
        retryMs = RETRY_MIN_MS;
      });
    } catch (error) {
      options.onError?.(error);
    }
    await pause(retryMs, options.signal);
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
  }
}

async function listenOnce(options: ListenOptions, connected: () => void): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: `listen ${options.channel}`,
  });
  let abort = () => {};
  const over = new Promise<void>((resolve, reject) => {
    client.once('end', resolve);
    client.on('error', reject);
    abort = resolve;
  });
  options.signal.addEventListener('abort', abort);
  over.catch(() => {}); // Taken up by the await below; a failure while connecting comes out there first.
  client.on('notification', ({ payload }) => options.onMessage(payload ?? ''));
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    connected();
    options.onConnected?.();
    await over;
  } finally {
    options.signal.removeEventListener('abort', abort);
    await client.end().catch(() => {});
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
