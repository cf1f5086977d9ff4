import { createLogger } from '@millrace/telemetry';
import { readEnv } from './env.ts';
import { startScheduler } from './scheduler.ts';
import { DEFAULT_TIMES } from './times.ts';

/**
 * The scheduler's process. Says {"ready":true,"url":…} on stdout when it serves. SIGTERM and SIGINT end it cleanly; SIGKILL
 * at any moment is safe: what it knew is in the database.
 */
const env = readEnv(process.env);
const log = createLogger({
  name: 'scheduler',
  secrets: [env.clusterToken, Buffer.from(env.secretKey).toString('hex')],
});
const scheduler = await startScheduler(env, DEFAULT_TIMES, log);
process.stdout.write(`${JSON.stringify({ ready: true, url: scheduler.url })}\n`);

process.once('SIGTERM', close);
process.once('SIGINT', close);

function close(): void {
  scheduler.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error('the scheduler did not close cleanly', { error });
      process.exit(1);
    },
  );
}
