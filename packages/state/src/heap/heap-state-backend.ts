import type { KeyedState, SnapshotReader, StateBackend, StateScope } from '@millrace/contracts';
import type { StateHandle } from '@millrace/model';
import { HeapKeyedState } from './heap-keyed-state.ts';
import { readSnapshot } from './read-snapshot.ts';

/** State in typed arrays on the JavaScript heap, full snapshots. Bounded by the container's memory. */
export class HeapStateBackend implements StateBackend {
  readonly name = 'heap';

  async open(scope: StateScope, restore: readonly StateHandle[], storage: SnapshotReader): Promise<KeyedState> {
    const state = new HeapKeyedState(scope);
    await readSnapshot(scope, state.parts, restore, storage);
    return state;
  }
}
