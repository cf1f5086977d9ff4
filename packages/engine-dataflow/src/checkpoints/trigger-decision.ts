import type { CheckpointKind } from '@millrace/model';

export interface TriggerFacts {
  /** Monotonic ms. */
  readonly now: number;
  /** Start of the last checkpoint, or of the execution when there was none. */
  readonly lastTriggeredAt: number;
  /** End of the last one, completed or failed. */
  readonly lastEndedAt: number;
  readonly intervalMs: number;
  /** What somebody asked for and still waits. */
  readonly requested: CheckpointKind | undefined;
}

export type TriggerDecision =
  | { readonly kind: 'trigger'; readonly checkpoint: CheckpointKind }
  | { readonly kind: 'wait'; readonly ms: number };

/** Between the end of one checkpoint and the start of the next the job works undisturbed for at least this share of the interval. */
const PAUSE_SHARE = 0.5;

/** At most one checkpoint is in flight: this is asked only when none is. Pure. */
export function decideTrigger(facts: TriggerFacts): TriggerDecision {
  if (facts.requested !== undefined) return { kind: 'trigger', checkpoint: facts.requested };
  const due = Math.max(facts.lastTriggeredAt + facts.intervalMs, facts.lastEndedAt + facts.intervalMs * PAUSE_SHARE);
  return due <= facts.now ? { kind: 'trigger', checkpoint: 'checkpoint' } : { kind: 'wait', ms: due - facts.now };
}
