import type { IntervalJoinNode } from '@millrace/plan';
import type { Keeping } from './keeping.ts';

/** Narrower buckets cost more than looking past a few rows that are over. */
const BUCKET_MS_MIN = 1000;
/** Where rows leave alone, those of a bucket that is partly over are looked through at every watermark. */
const BUCKETS_IF_ALONE = 8;

/** Event time cut into buckets about as long as the interval of a join, so that a row looks into two or three. Named by their first millisecond. */
export class TimeBuckets {
  readonly #widthMs: number;

  constructor({ lowerMs, upperMs }: IntervalJoinNode, { lonelyLeft, lonelyRight }: Keeping) {
    const parts = lonelyLeft || lonelyRight ? BUCKETS_IF_ALONE : 1;
    this.#widthMs = Math.max(BUCKET_MS_MIN, Math.ceil((upperMs - lowerMs) / parts));
  }

  of(time: number): number {
    return Math.floor(time / this.#widthMs) * this.#widthMs;
  }

  /** The last millisecond of a bucket. */
  lastOf(bucket: number): number {
    return bucket + this.#widthMs - 1;
  }
}
