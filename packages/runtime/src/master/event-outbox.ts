import type { JobEvent } from '@millrace/model';
import type { MasterHeartbeat } from '@millrace/protocol';

/** What one heartbeat carries, as the protocol says. */
const BATCH_MAX = 200;
/** While the scheduler is away. About an hour of checkpoints every second. */
const KEPT_MAX = 8_000;

type NumberedEvent = MasterHeartbeat['events'][number];

/**
 * Events on their way to the scheduler, numbered from 1 within the attempt and repeated until acknowledged. When
 * the scheduler stays away too long the oldest that is neither status nor failure is dropped: a gap in the numbers.
 */
export class EventOutbox {
  #events: { readonly seq: number; readonly event: JobEvent }[] = [];
  #nextSeq = 1;

  add(event: JobEvent): void {
    this.#events.push({ seq: this.#nextSeq++, event });
    if (this.#events.length <= KEPT_MAX) return;
    const dispensable = this.#events.findIndex(({ event: { kind } }) => kind !== 'status' && kind !== 'failure');
    this.#events.splice(Math.max(0, dispensable), 1);
  }

  pending(): NumberedEvent[] {
    return this.#events.slice(0, BATCH_MAX).map(({ seq, event }) => ({ seq, event: brief(event) }) as NumberedEvent);
  }

  acknowledge(seq: number): void {
    this.#events = this.#events.filter((event) => event.seq > seq);
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }
}

/** The scheduler has a completed checkpoint already, with all its subtasks; repeated in events they could fill a heartbeat. */
function brief(event: JobEvent): JobEvent {
  return event.kind === 'checkpoint-completed'
    ? { ...event, checkpoint: { ...event.checkpoint, subtasks: [] } }
    : event;
}
