import { type Found, type Wanted, wantedKey } from './wanted.ts';

/** Epochs count from 1 and start over after the largest int32. */
const EPOCH_MAX = 0x7fff_ffff;

interface Remembered {
  wanted: Wanted;
  /** What the client was last told; undefined when it must be told again. */
  told: { readonly highWatermark: number; readonly logStartOffset: number } | undefined;
}

/**
 * What one consumer fetches again and again (KIP-227): it says only what changed since its last request, and is told
 * only about partitions where something happened.
 */
export class FetchSession {
  readonly id: number;
  /** Whether the client names topics by id; it may not change its mind within a session. */
  readonly byId: boolean;
  lastUsedMs: number;
  private expectedEpoch = 1;
  private readonly partitions = new Map<string, Remembered>();

  constructor(id: number, byId: boolean, wanted: readonly Wanted[], nowMs: number) {
    this.id = id;
    this.byId = byId;
    this.lastUsedMs = nowMs;
    for (const one of wanted) this.add(one);
  }

  get size(): number {
    return this.partitions.size;
  }

  /** The epoch the next request must carry. */
  get epoch(): number {
    return this.expectedEpoch;
  }

  /** The client was not told anything in it yet. */
  get isNew(): boolean {
    return this.expectedEpoch === 1;
  }

  wanted(): Wanted[] {
    return [...this.partitions.values()].map(({ wanted }) => wanted);
  }

  /** Takes over what a request changes, and expects the next epoch. */
  update(
    changed: readonly Wanted[],
    forgotten: readonly { readonly topicKey: string; readonly partition: number }[],
    nowMs: number,
  ): void {
    for (const one of changed) this.add(one);
    for (const { topicKey, partition } of forgotten) this.partitions.delete(wantedKey(topicKey, partition));
    this.expectedEpoch = this.expectedEpoch === EPOCH_MAX ? 1 : this.expectedEpoch + 1;
    this.lastUsedMs = nowMs;
  }

  /** What of the findings the client does not know yet; it will be told, and is then taken to know it. */
  news(found: readonly Found[]): Found[] {
    return found.filter((one) => {
      const key = wantedKey(one.topicKey, one.partition);
      const remembered = this.partitions.get(key);
      if (remembered === undefined) return true;
      const { told } = remembered;
      const { highWatermark, logStartOffset } = one;
      const isNews =
        one.records.length > 0 || told?.highWatermark !== highWatermark || told.logStartOffset !== logStartOffset;
      remembered.told = one.error === 'NONE' ? { highWatermark, logStartOffset } : undefined;
      // Who got records goes to the end: under a byte limit all partitions get their turn.
      if (one.records.length > 0) {
        this.partitions.delete(key);
        this.partitions.set(key, remembered);
      }
      return isNews || one.error !== 'NONE';
    });
  }

  private add(wanted: Wanted): void {
    const key = wantedKey(wanted.topicKey, wanted.partition);
    const remembered = this.partitions.get(key);
    if (remembered === undefined) this.partitions.set(key, { wanted, told: undefined });
    else remembered.wanted = wanted;
  }
}
