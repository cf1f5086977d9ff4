import type { CheckpointKind, CompletedCheckpoint } from './checkpoint.ts';
import type { StreamErrorData } from './error.ts';
import type { CheckpointId } from './id.ts';
import type { JobStatus } from './job.ts';

/** What an engine tells about a running job. The same sentences from all engines. `at` is epoch ms. */
export type JobEvent =
  | { readonly kind: 'status'; readonly at: number; readonly status: JobStatus; readonly reason?: string }
  | {
      readonly kind: 'checkpoint-triggered';
      readonly at: number;
      readonly id: CheckpointId;
      readonly type: CheckpointKind;
    }
  | { readonly kind: 'checkpoint-completed'; readonly at: number; readonly checkpoint: CompletedCheckpoint }
  | { readonly kind: 'checkpoint-failed'; readonly at: number; readonly id: CheckpointId; readonly reason: string }
  | { readonly kind: 'restored'; readonly at: number; readonly id: CheckpointId; readonly type: CheckpointKind }
  | { readonly kind: 'failure'; readonly at: number; readonly error: StreamErrorData };
