import type { Clock, Log } from '@millrace/contracts';
import { type CompletedCheckpoint, StreamError } from '@millrace/model';
import {
  type MasterFinish,
  type MasterHeartbeat,
  type MasterHeartbeatAnswer,
  type MasterRegister,
  type MasterRegisterAnswer,
  masterHeartbeatAnswerSchema,
  masterRegisterAnswerSchema,
} from '@millrace/protocol';
import { z } from 'zod';

const TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 5_000;

export interface SchedulerClientOptions {
  readonly schedulerUrl: string;
  readonly application: string;
  readonly token: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** No answer, or one that another try may change. */
class Unanswered extends Error {}

/**
 * The application master's calls. All but the heartbeat are repeated, with growing pauses and jitter, until they are
 * answered or the signal aborts: they are idempotent by attempt. `application.fenced` is thrown when the
 * scheduler says that this attempt no longer counts; its sender must end itself.
 */
export class SchedulerClient {
  readonly #options: SchedulerClientOptions;

  constructor(options: SchedulerClientOptions) {
    this.#options = options;
  }

  async register(body: MasterRegister, signal: AbortSignal): Promise<MasterRegisterAnswer> {
    return masterRegisterAnswerSchema.parse(await this.#untilAnswered('register', body, signal));
  }

  /**
   * One try; undefined when there was no answer, the next heartbeat is the retry. A heartbeat that is refused for its
   * form is a fault of ours and logged, but no reason to end a job that runs.
   */
  async heartbeat(body: MasterHeartbeat, signal: AbortSignal): Promise<MasterHeartbeatAnswer | undefined> {
    try {
      return masterHeartbeatAnswerSchema.parse(await this.#call('heartbeat', body, signal));
    } catch (error) {
      if (isFenced(error)) throw error;
      if (!(error instanceof Unanswered)) this.#options.log.error('a heartbeat was refused', { error });
      return undefined;
    }
  }

  /** Resolves when the checkpoint's row is written. Throws `checkpoint.fenced` when a newer attempt exists. */
  async completeCheckpoint(attempt: number, checkpoint: CompletedCheckpoint, signal: AbortSignal): Promise<void> {
    try {
      await this.#untilAnswered('checkpoints', { attempt, checkpoint }, signal);
    } catch (error) {
      if (!isFenced(error)) throw error;
      throw new StreamError('checkpoint.fenced', error.message, { domain: 'internal', retry: 'never', cause: error });
    }
  }

  async discardCheckpoint(attempt: number, id: number, signal: AbortSignal): Promise<void> {
    await this.#untilAnswered('checkpoints/discard', { attempt, id }, signal);
  }

  async finish(body: MasterFinish, signal: AbortSignal): Promise<void> {
    await this.#untilAnswered('finish', body, signal);
  }

  async #untilAnswered(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { clock, log } = this.#options;
    for (let pauseMs = RETRY_FIRST_MS; ; pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)) {
      signal.throwIfAborted();
      try {
        return await this.#call(path, body, signal);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        signal.throwIfAborted();
        log.warn('no answer from the scheduler, trying again', { call: path, reason: error.message, pauseMs });
        await clock.sleep(pauseMs * (0.5 + Math.random() / 2), signal);
      }
    }
  }

  async #call(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { schedulerUrl, application, token } = this.#options;
    const url = `${schedulerUrl.replace(/\/+$/, '')}/v1/applications/${encodeURIComponent(application)}/${path}`;
    const { status, text } = await exchange(url, token, body, signal);
    if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
    const { code, message } = readError(text);
    const said = message ?? `the scheduler answered ${status} to ${path}`;
    // A scheduler that does not know us any more, or our token, has given the application away just as well.
    if (code === 'checkpoint.conflict') throw new StreamError(code, said, { domain: 'internal', retry: 'never' });
    if (status === 409 || status === 404 || status === 401 || status === 403) {
      throw new StreamError('application.fenced', said, { domain: 'internal', retry: 'never', ...detailOf(code) });
    }
    if (status >= 500 || status === 408 || status === 429) throw new Unanswered(said);
    throw new StreamError('application.refused', said, { domain: 'internal', retry: 'never', ...detailOf(code) });
  }
}

export function isFenced(error: unknown): error is StreamError {
  return error instanceof StreamError && (error.code === 'application.fenced' || error.code === 'checkpoint.fenced');
}

async function exchange(
  url: string,
  token: string,
  body: unknown,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const deadline = new AbortController();
  const abort = (): void => deadline.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: deadline.signal,
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    throw new Unanswered(cause ?? String(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

const errorBodySchema = z.object({ code: z.string().optional(), message: z.string().optional() });
const nestedSchema = z.object({ error: errorBodySchema });

function readError(text: string): z.infer<typeof errorBodySchema> {
  try {
    const body: unknown = JSON.parse(text);
    const nested = nestedSchema.safeParse(body);
    return nested.success ? nested.data.error : errorBodySchema.parse(body);
  } catch {
    return {};
  }
}

function detailOf(code: string | undefined): { detail?: string } {
  return code === undefined ? {} : { detail: code };
}
