/** When a compacted topic is cleaned, and how long tombstones stay. Kafka's topic options. */
export interface CompactionPolicy {
  readonly minLagMs: number;
  readonly maxLagMs: number;
  /** Part of the log that must be dirty before a pass is worth its work. */
  readonly minDirtyRatio: number;
  readonly deleteRetentionMs: number;
}

/** What the decisions look at in a segment that is not written to any more. */
export interface SealedFacts {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly sizeBytes: number;
  readonly maxTimestamp: number;
  readonly firstTimestamp: number;
}

export type CleaningDecision =
  | { readonly kind: 'rest' }
  | {
      readonly kind: 'clean';
      /** First offset that no pass has seen. */
      readonly dirtyFrom: number;
      /** How many sealed segments, from the oldest, may be cleaned. */
      readonly segments: number;
    };

/**
 * Whether a pass is due, and how far it may go: never into the active segment, beyond the last stable offset, or into
 * records younger than the minimum lag. Kafka's LogCleanerManager.
 */
export function decideCleaning(facts: {
  readonly policy: CompactionPolicy;
  readonly sealed: readonly SealedFacts[];
  readonly logStartOffset: number;
  /** Where the last pass ended. */
  readonly cleanedTo: number;
  readonly stableOffset: number;
  readonly nowMs: number;
}): CleaningDecision {
  const { policy, sealed, nowMs } = facts;
  const dirtyFrom = Math.max(facts.cleanedTo, facts.logStartOffset);
  const uncleanable = sealed.findIndex(
    (s) => s.nextOffset > facts.stableOffset || (policy.minLagMs > 0 && s.maxTimestamp > nowMs - policy.minLagMs),
  );
  const cleanable = uncleanable < 0 ? sealed : sealed.slice(0, uncleanable);
  const dirty = cleanable.filter((s) => s.nextOffset > dirtyFrom && s.sizeBytes > 0);
  const dirtyBytes = sum(dirty);
  if (dirtyBytes === 0) return { kind: 'rest' };
  const late = dirty.some((s) => s.firstTimestamp < nowMs - policy.maxLagMs);
  const due = late || dirtyBytes / sum(cleanable) > policy.minDirtyRatio;
  return due ? { kind: 'clean', dirtyFrom, segments: cleanable.length } : { kind: 'rest' };
}

/** Neighbours that fit into one segment become one, so that what shrinks does not stay in thousands of small files. */
export function groupSegments<S extends SealedFacts>(segments: readonly S[], segmentBytes: number): S[][] {
  const groups: S[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const base = group?.[0]?.baseOffset ?? 0;
    const fits =
      group !== undefined &&
      sum(group) + segment.sizeBytes <= segmentBytes &&
      segment.nextOffset - base <= RELATIVE_OFFSET_MAX;
    if (fits) group.push(segment);
    else groups.push([segment]);
  }
  return groups;
}

/** Index entries hold offsets relative to the segment as int32. */
const RELATIVE_OFFSET_MAX = 0x7fff_ffff;

function sum(segments: readonly SealedFacts[]): number {
  return segments.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}
