import type { KafkaErrorName, RecordBatchView } from '@millrace/kafka-protocol';

/** Kafka remembers this many batches per producer and partition; an older retry cannot be told from a gap. */
const WINDOW_BATCHES = 5;
/** Kept at 0 for ever: one coordinator. */
export const COORDINATOR_EPOCH = 0;
const SEQUENCE_MAX = 0x7fff_ffff;

/** The header fields of a batch that idempotence and transactions look at. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** How far the sequence of the last record is from the first; records that compaction dropped count. */
  readonly lastSequenceDelta: number;
  readonly transactional: boolean;
}

/** Those fields of a batch that is sound. */
export function producerBatch(batch: RecordBatchView): ProducerBatch {
  const { producerId, producerEpoch, baseSequence, lastOffsetDelta, isTransactional: transactional } = batch;
  return { producerId, producerEpoch, baseSequence, lastSequenceDelta: lastOffsetDelta, transactional };
}

/** A batch that was appended, as remembered for recognising its retries. */
interface AppendedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
}

/** Everything known about one producer in one partition. Also the shape in snapshots. */
export interface ProducerState {
  readonly producerId: number;
  epoch: number;
  /** When it was last heard of, by the broker's clock: records may be of any time, the patience with a producer is not. */
  lastSeenMs: number;
  /** Timestamp of its last batch or marker. */
  lastTimestampMs: number;
  /** Of the last marker; -1 before the first one. */
  coordinatorEpoch: number;
  /** First offset of the open transaction. */
  openFrom: number | null;
  window: AppendedBatch[];
}

export type ProducerDecision =
  | { readonly kind: 'append' }
  | {
      readonly kind: 'duplicate';
      readonly baseOffset: number;
      readonly timestampMs: number;
    }
  | { readonly kind: 'refuse'; readonly error: KafkaErrorName };

const APPEND: ProducerDecision = { kind: 'append' };

/** Whether a batch may be appended, given what is known about its producer. Kafka's ProducerAppendInfo rules. */
export function decideAppend(state: ProducerState | undefined, batch: ProducerBatch): ProducerDecision {
  // A producer nobody remembers (retention removed its batches) may continue anywhere.
  if (state === undefined) return APPEND;
  if (batch.producerEpoch < state.epoch) return refuse('INVALID_PRODUCER_EPOCH');
  if (batch.producerEpoch > state.epoch) {
    return batch.baseSequence === 0 ? APPEND : refuse('OUT_OF_ORDER_SEQUENCE_NUMBER');
  }
  const lastSequence = advanceSequence(batch.baseSequence, batch.lastSequenceDelta);
  const duplicate = state.window.find((b) => b.firstSequence === batch.baseSequence && b.lastSequence === lastSequence);
  if (duplicate !== undefined) {
    return {
      kind: 'duplicate',
      baseOffset: duplicate.baseOffset,
      timestampMs: duplicate.timestampMs,
    };
  }
  if (!batch.transactional && state.openFrom !== null) return refuse('INVALID_TXN_STATE');
  const last = state.window.at(-1);
  const expected = last === undefined ? 0 : advanceSequence(last.lastSequence, 1);
  return batch.baseSequence === expected ? APPEND : refuse('OUT_OF_ORDER_SEQUENCE_NUMBER');
}

/** Sequences wrap from 2^31 - 1 to 0. */
export function advanceSequence(sequence: number, by: number): number {
  const sum = sequence + by;
  return sum > SEQUENCE_MAX ? sum - SEQUENCE_MAX - 1 : sum;
}

function refuse(error: KafkaErrorName): ProducerDecision {
  return { kind: 'refuse', error };
}

/** The producers of one partition. Rebuilt from batch headers after a crash, so nothing here is written per append. */
export class ProducerStates {
  private readonly byId = new Map<number, ProducerState>();

  get size(): number {
    return this.byId.size;
  }

  get(producerId: number): ProducerState | undefined {
    return this.byId.get(producerId);
  }

  values(): Iterable<ProducerState> {
    return this.byId.values();
  }

  /** Records an appended data batch. */
  appended(
    batch: ProducerBatch,
    stored: Pick<RecordBatchView, 'baseOffset' | 'lastOffset' | 'maxTimestamp'>,
    nowMs: number,
  ): void {
    const { baseOffset, lastOffset, maxTimestamp: timestampMs } = stored;
    const state = this.stateFor(batch.producerId, batch.producerEpoch);
    state.lastSeenMs = nowMs;
    state.lastTimestampMs = timestampMs;
    state.window.push({
      firstSequence: batch.baseSequence,
      lastSequence: advanceSequence(batch.baseSequence, batch.lastSequenceDelta),
      baseOffset,
      lastOffset,
      timestampMs,
    });
    if (state.window.length > WINDOW_BATCHES) state.window.shift();
    if (batch.transactional) state.openFrom ??= baseOffset;
  }

  /** Records a transaction marker; returns where the transaction began, or null when nothing was open here. */
  ended(producerId: number, epoch: number, timestampMs: number, nowMs: number): number | null {
    const state = this.stateFor(producerId, epoch);
    const openFrom = state.openFrom;
    state.openFrom = null;
    state.lastSeenMs = nowMs;
    state.lastTimestampMs = timestampMs;
    state.coordinatorEpoch = COORDINATOR_EPOCH;
    return openFrom;
  }

  /** Whether nothing later in the log says as much about its producer: without it, a rebuild would forget the sequence. */
  isLastBatch(batch: RecordBatchView): boolean {
    const state = batch.producerId < 0 ? undefined : this.byId.get(batch.producerId);
    if (state === undefined) return false;
    const last = state.window.at(-1);
    return last === undefined
      ? batch.isControl && batch.producerEpoch === state.epoch
      : batch.lastOffset === last.lastOffset;
  }

  /** Offset of the earliest transaction that is still open, or undefined. */
  earliestOpen(): number | undefined {
    let earliest: number | undefined;
    for (const { openFrom } of this.byId.values()) {
      if (openFrom !== null && (earliest === undefined || openFrom < earliest)) earliest = openFrom;
    }
    return earliest;
  }

  /** Forgets producers that have been silent since `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [id, state] of this.byId) {
      if (state.openFrom === null && state.lastSeenMs < beforeMs) this.byId.delete(id);
    }
  }

  /** Loads a snapshot. */
  restore(states: readonly ProducerState[]): void {
    this.byId.clear();
    for (const state of states) this.byId.set(state.producerId, state);
  }

  private stateFor(producerId: number, epoch: number): ProducerState {
    let state = this.byId.get(producerId);
    if (state === undefined) {
      state = {
        producerId,
        epoch,
        lastSeenMs: 0,
        lastTimestampMs: -1,
        coordinatorEpoch: -1,
        openFrom: null,
        window: [],
      };
      this.byId.set(producerId, state);
    } else if (epoch > state.epoch) {
      state.epoch = epoch;
      state.window = [];
    }
    return state;
  }
}
