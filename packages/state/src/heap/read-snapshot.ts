import type { RowsDescriptor, SnapshotReader, StateDescriptor, StateScope, TableDescriptor } from '@millrace/contracts';
import { type DataType, isFineTimestamp, type StateHandle, StreamError } from '@millrace/model';
import type { ChainManifest } from '../pages/freeze-changes.ts';
import type { PageMeta } from '../pages/page-codec.ts';
import { ChainReader } from '../pages/read-chain.ts';
import { HeapRowsState } from '../rows/heap-rows-state.ts';
import { decodeGroup, type GroupMeta } from '../segment/group-codec.ts';
import { decodeRows, type RowsMeta } from '../segment/rows-codec.ts';
import { corrupt, decodeSegment, type Frame } from '../segment/segment.ts';
import { decodeTable, type TableMeta } from '../segment/table-codec.ts';
import type { HeapPart } from './heap-keyed-state.ts';
import { HeapTableState } from './heap-table-state.ts';
import { HeapTimersState } from './heap-timers-state.ts';
import { HeapValuesState, isWithin } from './heap-values-state.ts';
import { rowsWithin } from './write-snapshot.ts';

interface Manifest {
  readonly operator: string;
  readonly maxParallelism: number;
  readonly descriptors: readonly StateDescriptor[];
}

/**
 * Puts what the handles hold of this scope's key groups into `parts`. The handles of one subtask's snapshot come together, in the order they were
 * given out; they are read from the last on, because of a chain the newest file says what is still so.
 */
export async function readSnapshot(
  scope: StateScope,
  parts: ReadonlyMap<string, HeapPart>,
  handles: readonly StateHandle[],
  storage: SnapshotReader,
): Promise<void> {
  let chain: ChainReader | undefined;
  for (const handle of handles.toReversed()) {
    if (handle.keyGroups.last < scope.keyGroups.first || handle.keyGroups.first > scope.keyGroups.last) continue;
    const { location } = handle;
    const [first, ...frames] = decodeSegment(await storage.read(handle), location);
    if (first === undefined) throw corrupt(location, 'it has no manifest');
    const manifest = first.meta as Manifest | ChainManifest;
    if ('chain' in manifest && chain?.continues(manifest) === true) {
      chain.read(manifest, frames, location);
      continue;
    }
    chain?.finish(scope, parts);
    chain = undefined;
    checkManifest(scope, manifest);
    if ('chain' in manifest) {
      chain = new ChainReader(manifest, location);
      chain.read(manifest, frames, location);
    }
    // Values and timers are in the newest file whole.
    for (const frame of frames) restoreFrame(scope, parts, frame);
  }
  chain?.finish(scope, parts);
}

function restoreFrame(scope: StateScope, parts: ReadonlyMap<string, HeapPart>, frame: Frame): void {
  const meta = frame.meta as PageMeta | TableMeta | RowsMeta | GroupMeta;
  if ('page' in meta) return;
  if ('part' in meta) {
    const part = parts.get(meta.part);
    const group = decodeGroup(meta, frame.blocks);
    const takesGroups = part instanceof HeapValuesState || part instanceof HeapTimersState;
    if (takesGroups && isWithin(group, scope.keyGroups)) part.restore(group);
    return;
  }
  if ('rowsOf' in meta) {
    const part = parts.get(meta.rowsOf);
    if (!(part instanceof HeapRowsState)) return;
    const stored = decodeRows(meta, frame.blocks);
    const keys = rowsWithin(stored.keys.hashes, scope.keyGroups, scope.maxParallelism);
    part.at(meta.namespace).restore(stored, keys);
    return;
  }
  const frozen = decodeTable(meta, frame.blocks);
  const rows = rowsWithin(frozen.hashes, scope.keyGroups, scope.maxParallelism);
  const table = parts.get(meta.table);
  if (table instanceof HeapTableState) table.at(meta.namespace).restore(frozen, rows);
}

function checkManifest(scope: StateScope, manifest: Manifest): void {
  if (manifest.maxParallelism !== scope.maxParallelism) {
    throw incompatible(
      scope,
      `it was written with ${manifest.maxParallelism} key groups and the job has ${scope.maxParallelism}`,
    );
  }
  for (const stored of manifest.descriptors) {
    const declared = scope.descriptors.find((descriptor) => descriptor.name === stored.name);
    if (declared === undefined) throw incompatible(scope, `the job no longer has ${stored.kind} "${stored.name}"`);
    if (!sameShape(stored, declared))
      throw incompatible(scope, `${stored.kind} "${stored.name}" has other columns now`);
  }
}

function incompatible(scope: StateScope, reason: string): StreamError {
  return new StreamError(
    'state.incompatible',
    `the stored state of operator ${scope.operator} does not fit this version of the job: ${reason}. Start the job without the savepoint, or undo the change.`,
    { domain: 'user', retry: 'never' },
  );
}

function sameShape(stored: StateDescriptor, declared: StateDescriptor): boolean {
  if (stored.kind !== declared.kind) return false;
  if (stored.kind === 'timers' || declared.kind === 'timers') return true;
  const sameKeys =
    stored.keyTypes.length === declared.keyTypes.length &&
    stored.keyTypes.every((type, index) => sameKey(type, declared.keyTypes[index]));
  if (stored.kind === 'values' || declared.kind === 'values') return sameKeys;
  if (stored.kind === 'rows') return declared.kind === 'rows' && sameKeys && sameRows(stored, declared);
  if (declared.kind === 'rows') return false;
  return sameKeys && sameAccumulators(stored, declared);
}

function sameAccumulators(stored: TableDescriptor, declared: TableDescriptor): boolean {
  const { length } = stored.accumulators;
  if (declared.grows === true ? length > declared.accumulators.length : length !== declared.accumulators.length)
    return false;
  return stored.accumulators.every(
    (kind, at) =>
      kind === declared.accumulators[at] && (stored.meanings?.[at] ?? '') === (declared.meanings?.[at] ?? ''),
  );
}

function sameRows(stored: RowsDescriptor, declared: RowsDescriptor): boolean {
  return (
    stored.order === declared.order &&
    stored.keyMarks.join() === declared.keyMarks.join() &&
    stored.rowMarks.join() === declared.rowMarks.join() &&
    stored.rowTypes.length === declared.rowTypes.length &&
    stored.rowTypes.every((type, index) => sameKey(type, declared.rowTypes[index]))
  );
}

/** How many digits of a second a fine timestamp counts. */
function digitsOf(type: DataType | undefined): number | undefined {
  return type !== undefined && isFineTimestamp(type) ? type.precision : undefined;
}

/** Precision and nullability may change; what the bits mean may not. */
function sameKey(stored: DataType, declared: DataType | undefined): boolean {
  if (stored.kind === 'decimal') return declared?.kind === 'decimal' && declared.scale === stored.scale;
  if (stored.kind === 'interval') return declared?.kind === 'interval' && declared.unit === stored.unit;
  if (digitsOf(stored) !== digitsOf(declared)) return false;
  return stored.kind === declared?.kind;
}
