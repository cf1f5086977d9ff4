import type { Clock, Log } from '@millrace/contracts';
import type { NodeHeartbeat } from '@millrace/protocol';
import type { ContainerLauncher } from './launchers/container-launcher.ts';
import { reconcile } from './reconcile.ts';
import type { Heartbeat } from './scheduler-client.ts';
import type { UsageMeter } from './usage.ts';

const INTERVAL_MS = 1_000;
/** While the scheduler is away. */
const INTERVAL_MAX_MS = 5_000;

export interface AgentParts {
  readonly identity: Pick<NodeHeartbeat, 'node' | 'incarnation' | 'capacity' | 'logUrl'>;
  readonly launcher: ContainerLauncher;
  readonly heartbeat: Heartbeat;
  readonly usage: UsageMeter;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once, when the scheduler has answered for the first time. */
  readonly onReady: () => void;
}

/**
 * Look, tell, do what the answer says; until the signal aborts. Containers are inspected also while
 * the scheduler is away: they go on, and their limits hold.
 */
export async function runAgent(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const { launcher, clock, log, onReady } = parts;
  await launcher.recover();
  let ready = false;
  let failures = 0;
  let nextBeatAt = clock.monotonic();
  while (!signal.aborted) {
    await launcher.inspect();
    if (clock.monotonic() >= nextBeatAt) {
      const answered = await beat(parts, signal);
      if (answered && !ready) onReady();
      if (answered && failures > 0) log.info('the scheduler answers again', { failures });
      if (!answered && failures === 0) log.warn('the scheduler does not answer; containers go on');
      ready ||= answered;
      failures = answered ? 0 : failures + 1;
      nextBeatAt = clock.monotonic() + delayAfter(failures);
    }
    const waitMs = Math.max(50, Math.min(INTERVAL_MS, nextBeatAt - clock.monotonic()));
    // Only the abort ends a sleep early, and the loop asks for that.
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

async function beat(parts: AgentParts, signal: AbortSignal): Promise<boolean> {
  const { identity, launcher, heartbeat, usage, log } = parts;
  try {
    const answer = await heartbeat(
      { ...identity, used: await usage.read(), containers: [...launcher.report()] },
      signal,
    );
    const { launch, stop, forget } = reconcile(answer, launcher.known());
    for (const order of stop) launcher.stop(order);
    for (const id of forget) await launcher.forget(id);
    for (const order of launch) await launcher.launch(order);
    return true;
  } catch (error) {
    log.debug('heartbeat failed', { error });
    return false;
  }
}

/** Up to five seconds apart, with jitter so that a returning scheduler is not met by all nodes at once. */
function delayAfter(failures: number): number {
  if (failures === 0) return INTERVAL_MS;
  return Math.min(INTERVAL_MAX_MS, INTERVAL_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}
