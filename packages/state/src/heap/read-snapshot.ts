import type { SnapshotReader, StateScope, TableDescriptor } from '@millrace/contracts';
import { type DataType, type StateHandle, StreamError } from '@millrace/model';
import { corrupt, decodeSegment, type Frame } from '../segment/segment.ts';
import { decodeTable, type TableMeta } from '../segment/table-codec.ts';
import type { HeapTableState } from './heap-table-state.ts';
import { rowsWithin } from './write-snapshot.ts';

interface Manifest {
  readonly operator: string;
  readonly maxParallelism: number;
  readonly descriptors: readonly TableDescriptor[];
}

/** Puts what the handles hold of this scope's key groups into `tables`. */
export async function readSnapshot(
  scope: StateScope,
  tables: ReadonlyMap<string, HeapTableState>,
  handles: readonly StateHandle[],
  storage: SnapshotReader,
): Promise<void> {
  for (const handle of handles) {
    if (handle.keyGroups.last < scope.keyGroups.first || handle.keyGroups.first > scope.keyGroups.last) continue;
    const [first, ...frames] = decodeSegment(await storage.read(handle), handle.location);
    if (first === undefined) throw corrupt(handle.location, 'it has no manifest');
    checkManifest(scope, first.meta as Manifest);
    for (const frame of frames) restoreFrame(scope, tables, frame);
  }
}

function restoreFrame(scope: StateScope, tables: ReadonlyMap<string, HeapTableState>, frame: Frame): void {
  const meta = frame.meta as TableMeta;
  const frozen = decodeTable(meta, frame.blocks);
  const rows = rowsWithin(frozen.hashes, scope.keyGroups, scope.maxParallelism);
  tables.get(meta.table)?.at(meta.namespace).restore(frozen, rows);
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
    if (declared === undefined) throw incompatible(scope, `the job no longer has table "${stored.name}"`);
    if (!sameShape(stored, declared)) throw incompatible(scope, `table "${stored.name}" has other columns now`);
  }
}

function incompatible(scope: StateScope, reason: string): StreamError {
  return new StreamError(
    'state.incompatible',
    `the stored state of operator ${scope.operator} does not fit this version of the job: ${reason}. Start the job without the savepoint, or undo the change.`,
    { domain: 'user', retry: 'never' },
  );
}

function sameShape(stored: TableDescriptor, declared: TableDescriptor): boolean {
  return (
    stored.keyTypes.length === declared.keyTypes.length &&
    stored.keyTypes.every((type, index) => sameKey(type, declared.keyTypes[index])) &&
    stored.accumulators.join() === declared.accumulators.join()
  );
}

/** Precision and nullability may change; what the bits mean may not. */
function sameKey(stored: DataType, declared: DataType | undefined): boolean {
  if (stored.kind === 'decimal') return declared?.kind === 'decimal' && declared.scale === stored.scale;
  if (stored.kind === 'interval') return declared?.kind === 'interval' && declared.unit === stored.unit;
  return stored.kind === declared?.kind;
}
