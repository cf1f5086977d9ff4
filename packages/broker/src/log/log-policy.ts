import type { CompactionPolicy } from './compaction/decide-cleaning.ts';
import { configValue, type TopicConfig } from './topic-config.ts';

/** What a topic's options mean for its logs, as numbers. Made once per change of the options. */
export interface LogPolicy {
  /** A segment does not grow beyond this, except for one larger batch. */
  readonly segmentBytes: number;
  /** Nor does it hold records further apart in time. */
  readonly segmentMs: number;
  /** `cleanup.policy` has `delete`: old segments go by age and size. */
  readonly deletes: boolean;
  /** The broker's clock takes the place of the producers'. */
  readonly stampsAppendTime: boolean;
  /** How far from the broker's clock the timestamps of producers may be. */
  readonly timestamps: { readonly beforeMaxMs: number; readonly afterMaxMs: number };
  /** -1 keeps for ever. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** `cleanup.policy` has `compact`: only the latest record of each key stays, and records must have keys. */
  readonly compaction: CompactionPolicy | undefined;
}

export function logPolicy(config: TopicConfig): LogPolicy {
  const number = (name: string) => Number(configValue(config, name));
  const policies = configValue(config, 'cleanup.policy').split(',');
  const compacts = policies.includes('compact');
  const maxLagMs = number('max.compaction.lag.ms');
  return {
    segmentBytes: number('segment.bytes'),
    // What may not stay dirty for long must not stay in the active segment either.
    segmentMs: compacts ? Math.min(number('segment.ms'), maxLagMs) : number('segment.ms'),
    stampsAppendTime: configValue(config, 'message.timestamp.type') === 'LogAppendTime',
    timestamps: {
      beforeMaxMs: number('message.timestamp.before.max.ms'),
      afterMaxMs: number('message.timestamp.after.max.ms'),
    },
    deletes: policies.includes('delete'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    compaction: compacts
      ? {
          minLagMs: number('min.compaction.lag.ms'),
          maxLagMs,
          minDirtyRatio: number('min.cleanable.dirty.ratio'),
          deleteRetentionMs: number('delete.retention.ms'),
        }
      : undefined,
  };
}
