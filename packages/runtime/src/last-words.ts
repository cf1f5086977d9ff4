import { writeFileSync } from 'node:fs';
import type { Log } from '@millrace/contracts';
import { errorData } from '@millrace/model';

/** How a container's process ends, for the agent and for people. After sysexits(3) where there is a fitting code. */
export const EXIT = {
  done: 0,
  /** A bug: an error nobody expected. */
  crashed: 1,
  /** A newer attempt of the job exists. */
  fenced: 70,
  /** The master is gone; workers do not live without. */
  masterVanished: 75,
} as const;

/**
 * Writes `exit.json` into the container's directory and ends the process. The file tells an agent that was
 * restarted meanwhile, and cannot wait for this process, how it ended.
 */
export function endContainer(code: number, reason: string, log: Log): never {
  if (code === EXIT.done) log.info('the container ends', { code, reason });
  else log.error('the container ends', { code, reason });
  try {
    writeFileSync('exit.json', JSON.stringify({ code, reason }));
  } catch (error) {
    log.error('exit.json could not be written', { error });
  }
  process.exit(code);
}

/** An error nobody caught means that an assumption is broken: end at once, the checkpoint is the way back. */
export function endOnUncaught(log: Log): void {
  const crash = (error: unknown): void => {
    const { message } = errorData(error);
    log.error('an error nobody caught', { error });
    endContainer(EXIT.crashed, `crashed: ${message}`, log);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
