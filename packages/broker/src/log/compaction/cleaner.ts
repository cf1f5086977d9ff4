import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { RecordBatchView, UnsupportedCodecError } from '@millrace/kafka-protocol';
import { replaceFile } from '../../files/durable-file.ts';
import type { LocalLog } from '../local-log.ts';
import type { ProducerStates } from '../producer-states.ts';
import { Segment, type SegmentResources } from '../segment.ts';
import { type CompactionPolicy, decideCleaning, groupSegments } from './decide-cleaning.ts';
import { judgeBatch } from './judge-batch.ts';
import { OffsetMap } from './offset-map.ts';
import { rewriteBatch, type StoredRecord, storedRecords } from './stored-records.ts';
import { abandonCleaned, commitCleaned, finishSwap } from './swap-files.ts';
import { TransactionFates } from './transaction-fates.ts';

/** How long a pass works before others get their turn. */
const SLICE_MS = 4;

/** The log changed under the pass (records deleted, topic deleted, broker stopping): what it wrote is thrown away. */
class PassEnded extends Error {}

/** What one pass did. */
export interface CleaningResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Cleans one compacted partition: reads its dirty part to learn the latest offset of every key, then copies everything
 * below into new segments without what is obsolete, and lets those take the place of the old ones. Kafka's LogCleaner.
 *
 * Works on sealed segments only, which nobody changes, in slices of a few milliseconds between which requests are
 * served; taking the place of the old segments happens in one slice.
 */
export class Cleaner {
  private readonly directory: string;
  private readonly resources: SegmentResources;
  private readonly log: LocalLog;
  private readonly producers: ProducerStates;
  private readonly isClosed: () => boolean;

  constructor(options: {
    readonly directory: string;
    readonly resources: SegmentResources;
    readonly log: LocalLog;
    readonly producers: ProducerStates;
    readonly isClosed: () => boolean;
  }) {
    this.directory = options.directory;
    this.resources = options.resources;
    this.log = options.log;
    this.producers = options.producers;
    this.isClosed = options.isClosed;
  }

  /** One pass when one is due; undefined when none was, or when the log changed meanwhile. One at a time. */
  async clean(facts: {
    readonly policy: CompactionPolicy;
    readonly segmentBytes: number;
    readonly logStartOffset: number;
    readonly stableOffset: number;
    readonly nowMs: number;
  }): Promise<CleaningResult | undefined> {
    const { sealed } = this.log;
    const decision = decideCleaning({ ...facts, sealed, cleanedTo: this.readCleanedTo() });
    if (decision.kind === 'rest') return undefined;
    const cleanable = sealed.slice(0, decision.segments);
    try {
      const map = await this.readKeys(cleanable, decision.dirtyFrom);
      const readTo = map.latestOffset;
      const reached = cleanable.filter(({ baseOffset }) => baseOffset <= readTo);
      const upper = reached.at(-1)?.nextOffset ?? 0;
      const pass: Pass = {
        map,
        readTo,
        fates: new TransactionFates(this.log.abortedBetween(facts.logStartOffset, upper)),
        nowMs: facts.nowMs,
        deleteRetentionMs: facts.policy.deleteRetentionMs,
      };
      const result = { bytesBefore: 0, bytesAfter: 0 };
      for (const group of groupSegments(reached, facts.segmentBytes)) {
        for (const { sizeBytes } of group) result.bytesBefore += sizeBytes;
        result.bytesAfter += await this.cleanGroup(group, pass);
      }
      replaceFile(this.cleanedToFile, Buffer.from(String(readTo + 1)));
      return result;
    } catch (error) {
      if (error instanceof PassEnded) return undefined;
      throw error;
    }
  }

  private get cleanedToFile(): string {
    return join(this.directory, 'cleaner-offset');
  }

  private readCleanedTo(): number {
    return existsSync(this.cleanedToFile) ? Number(readFileSync(this.cleanedToFile, 'utf8')) : 0;
  }

  private async readKeys(segments: readonly Segment[], dirtyFrom: number): Promise<OffsetMap> {
    const dirty = segments.filter(({ nextOffset }) => nextOffset > dirtyFrom);
    const upper = dirty.at(-1)?.nextOffset ?? dirtyFrom;
    const map = new OffsetMap(upper - dirtyFrom);
    const fates = new TransactionFates(this.log.abortedBetween(dirty[0]?.baseOffset ?? 0, upper));
    const slices = this.slices();
    for (const segment of dirty) {
      for (const batch of segment.soundBatches()) {
        if (batch.isControl) fates.observeMarker(batch);
        else if (!fates.observeData(batch)) {
          for (const { key, offset } of open(batch) ?? []) {
            if (key === null || offset < dirtyFrom) continue;
            if (map.isFull) return map;
            map.put(key, offset);
            map.latestOffset = offset;
          }
        }
        map.latestOffset = batch.lastOffset;
        await slices();
      }
      map.latestOffset = segment.nextOffset - 1;
    }
    return map;
  }

  /** Makes one segment out of a group and puts it in their place; returns its size. */
  private async cleanGroup(group: readonly Segment[], pass: Pass): Promise<number> {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return 0;
    abandonCleaned(this.directory, first.baseOffset);
    const cleaned = new Segment(this.directory, first.baseOffset, this.resources, 'log.cleaned');
    try {
      const changed = await this.copyRemaining(group, cleaned, pass);
      if (!changed && group.length === 1) {
        cleaned.close();
        abandonCleaned(this.directory, first.baseOffset);
        return first.sizeBytes;
      }
      cleaned.nextOffset = last.nextOffset;
      await cleaned.sync();
      cleaned.seal(false, '.cleaned');
      cleaned.close();
      if (!this.log.contains(group)) throw new PassEnded();
      this.swap(group, first.baseOffset);
      return cleaned.sizeBytes;
    } catch (error) {
      cleaned.close();
      abandonCleaned(this.directory, first.baseOffset);
      throw error;
    }
  }

  private async copyRemaining(group: readonly Segment[], cleaned: Segment, pass: Pass): Promise<boolean> {
    const slices = this.slices();
    let changed = false;
    for (const segment of group) {
      for (const batch of segment.soundBatches()) {
        const remaining = this.remainsOf(batch, cleaned, pass);
        changed ||= remaining !== 'same';
        const bytes = remaining === 'same' ? batch.buffer.subarray(batch.start, batch.end) : remaining;
        if (bytes !== undefined) cleaned.append(bytes, new RecordBatchView(bytes));
        await slices();
      }
    }
    return changed;
  }

  /** The batch after cleaning: the same, other bytes, or nothing. */
  private remainsOf(batch: RecordBatchView, cleaned: Segment, pass: Pass): Buffer | 'same' | undefined {
    const marker = batch.isControl ? pass.fates.observeMarker(batch) : undefined;
    if (marker?.aborted !== undefined) cleaned.addAborted(marker.aborted);
    const isObsolete = marker === undefined ? pass.fates.observeData(batch) : marker.empty;
    const verdict = judgeBatch(batch, isObsolete && marker === undefined ? undefined : open(batch), {
      isObsolete,
      isLastOfProducer: this.producers.isLastBatch(batch),
      nowMs: pass.nowMs,
      deleteRetentionMs: pass.deleteRetentionMs,
      latestOffsetOf: (key) => pass.map.get(key),
      readTo: pass.readTo,
    });
    switch (verdict.kind) {
      case 'keep':
        return 'same';
      case 'drop':
        return undefined;
      case 'rewrite':
        return rewriteBatch(batch, verdict.records, verdict.horizonMs);
    }
  }

  private swap(group: readonly Segment[], baseOffset: number): void {
    commitCleaned(this.directory, baseOffset);
    for (const segment of group) segment.close();
    finishSwap(
      this.directory,
      baseOffset,
      group.map((segment) => segment.baseOffset),
    );
    const replacement = new Segment(this.directory, baseOffset, this.resources);
    if (!replacement.load()) throw new Error(`the cleaned segment ${baseOffset} of ${this.directory} cannot be read`);
    this.log.replace(group, replacement);
  }

  /** To be awaited after every batch: gives way when the slice is used up, and ends the pass when the log is closed. */
  private slices(): () => Promise<void> | undefined {
    let endsAt = performance.now() + SLICE_MS;
    return () => {
      if (performance.now() < endsAt) return undefined;
      return setImmediate().then(() => {
        if (this.isClosed()) throw new PassEnded();
        endsAt = performance.now() + SLICE_MS;
      });
    };
  }
}

interface Pass {
  readonly map: OffsetMap;
  readonly readTo: number;
  readonly fates: TransactionFates;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/** Undefined when the batch is compressed in a way that cannot be opened here. */
function open(batch: RecordBatchView): StoredRecord[] | undefined {
  try {
    return storedRecords(batch);
  } catch (error) {
    if (error instanceof UnsupportedCodecError) return undefined;
    throw error;
  }
}
