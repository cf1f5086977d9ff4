import { keyGroupOf } from '@millrace/batch';
import type {
  RowsDescriptor,
  SnapshotWriter,
  StateScope,
  TableDescriptor,
  TimersDescriptor,
  ValuesDescriptor,
} from '@millrace/contracts';
import type { KeyGroupRange, StateHandle } from '@millrace/model';
import type { FrozenRows } from '../rows/heap-keyed-rows.ts';
import { encodeGroup } from '../segment/group-codec.ts';
import { encodeRows } from '../segment/rows-codec.ts';
import { type Frame, segmentParts } from '../segment/segment.ts';
import { encodeTable } from '../segment/table-codec.ts';
import { fileSafe } from '../snapshots/checkpoint-directory.ts';
import type { FrozenTable } from './hash-table.ts';
import { type FrozenGroup, isWithin } from './heap-values-state.ts';
import { RowsByRange } from './rows-by-range.ts';

/** Everything of one subtask at one instant. */
export interface FrozenState {
  readonly sizeBytes: number;
  readonly parts: readonly (
    | {
        readonly descriptor: TableDescriptor;
        readonly namespaces: readonly { readonly namespace: number; readonly table: FrozenTable }[];
      }
    | {
        readonly descriptor: RowsDescriptor;
        readonly stored: readonly { readonly namespace: number; readonly rows: FrozenRows }[];
      }
    | { readonly descriptor: ValuesDescriptor | TimersDescriptor; readonly groups: readonly FrozenGroup[] }
  )[];
}

/**
 * One segment file holds about this much, so that after rescaling a subtask does not read what belongs to others. Every segment is picked out of
 * whole columns, so many small ones cost more than they save.
 */
export const SEGMENT_TARGET_BYTES = 64 * 1024 * 1024;

/** Writes one segment per key-group range; nothing at all when the operator declared no state. */
export async function writeSnapshot(
  scope: StateScope,
  state: FrozenState,
  writer: SnapshotWriter,
): Promise<readonly StateHandle[]> {
  if (state.parts.length === 0) return [];
  const handles: StateHandle[] = [];
  const ranges = splitRange(scope.keyGroups, Math.ceil(state.sizeBytes / SEGMENT_TARGET_BYTES));
  const rows = new RowsByRange(ranges, scope.maxParallelism);
  for (const [at, range] of ranges.entries()) {
    const parts = segmentParts([manifest(scope, range), ...framesOf(state, range, (hashes) => rows.of(hashes, at))]);
    const name = `op-${fileSafe(scope.operator)}-${scope.subtask}-groups-${range.first}-${range.last}`;
    handles.push(await writer.write(name, range, parts));
  }
  return handles;
}

/** At most `pieces` contiguous, nearly equal ranges that together are `range`. */
export function splitRange(range: KeyGroupRange, pieces: number): readonly KeyGroupRange[] {
  const groups = range.last - range.first + 1;
  const count = Math.max(1, Math.min(pieces, groups));
  return Array.from({ length: count }, (_, piece) => ({
    first: range.first + Math.floor((piece * groups) / count),
    last: range.first + Math.floor(((piece + 1) * groups) / count) - 1,
  }));
}

/** Rows whose key group lies within the range, ascending. */
export function rowsWithin(hashes: Int32Array, range: KeyGroupRange, maxParallelism: number): Int32Array {
  const rows = new Int32Array(hashes.length);
  let count = 0;
  for (let row = 0; row < hashes.length; row++) {
    const group = keyGroupOf(hashes[row] ?? 0, maxParallelism);
    if (group >= range.first && group <= range.last) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function manifest(scope: StateScope, keyGroups: KeyGroupRange): Frame {
  const { operator, subtask, maxParallelism, descriptors } = scope;
  return { meta: { operator, subtask, keyGroups, maxParallelism, descriptors }, blocks: [] };
}

function framesOf(state: FrozenState, range: KeyGroupRange, rowsOf: (hashes: Int32Array) => Int32Array): Frame[] {
  return state.parts.flatMap((part) => {
    if ('groups' in part) {
      return part.groups.filter((group) => isWithin(group, range)).map((group) => encodeGroup(part.descriptor, group));
    }
    if ('stored' in part) {
      return part.stored.map(({ namespace, rows }) =>
        encodeRows(part.descriptor, namespace, rows, rowsOf(rows.keys.hashes)),
      );
    }
    return part.namespaces.map(({ namespace, table }) =>
      encodeTable(part.descriptor, namespace, table, rowsOf(table.hashes)),
    );
  });
}
