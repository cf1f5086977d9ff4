import type { EndRecord, ExitRecord } from './container-directory.ts';

/** What is known when a process is gone. */
export interface EndFacts {
  /** From waiting on the child; undefined when this agent is not its parent. */
  readonly waited: { readonly code: number | null; readonly signal: string | null } | undefined;
  readonly exit: ExitRecord | undefined;
  /** Why the scheduler asked for its end. */
  readonly stopReason: string | undefined;
  /** Set when the agent ended it for its memory. */
  readonly memoryReason: string | undefined;
  /** It ended before this agent looked for the first time. */
  readonly whileAway: boolean;
  readonly rebooted: boolean;
}

/**
 * Facts to a verdict with a sentence for people. `finished`: ended with 0, or because it was asked to.
 * An orphan's exit code cannot be waited for: `exit.json` tells it, or nobody does.
 */
export function describeEnd(facts: EndFacts): Pick<EndRecord, 'status' | 'exitCode' | 'reason'> {
  const { waited, exit, stopReason, memoryReason } = facts;
  const exitCode = waited === undefined ? (exit?.code ?? null) : waited.code;
  if (memoryReason !== undefined) return { status: 'failed', exitCode, reason: memoryReason };
  if (stopReason !== undefined) return { status: 'finished', exitCode, reason: `stopped: ${stopReason}` };
  if (exitCode === 0) return { status: 'finished', exitCode, reason: exit?.reason ?? null };
  return { status: 'failed', exitCode, reason: exit?.reason ?? unexplained(facts, exitCode) };
}

function unexplained({ waited, whileAway, rebooted }: EndFacts, exitCode: number | null): string {
  if (waited?.signal != null) return `killed by signal ${waited.signal}`;
  if (exitCode !== null) return `ended with exit code ${exitCode}`;
  if (rebooted) return 'ended when the machine restarted';
  return whileAway
    ? 'ended while the agent was away'
    : 'ended; its exit code is unknown because an earlier agent started it';
}
