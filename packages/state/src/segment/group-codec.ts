import type { TimersDescriptor, ValuesDescriptor } from '@millrace/contracts';
import type { FrozenGroup } from '../heap/heap-values-state.ts';
import type { Frame } from './segment.ts';

/** What the frame of one key group of remembered values or timers says before its one block. */
export interface GroupMeta {
  readonly part: string;
  readonly keyGroup: number;
  readonly entries: number;
}

export function encodeGroup(descriptor: ValuesDescriptor | TimersDescriptor, group: FrozenGroup): Frame {
  const meta: GroupMeta = { part: descriptor.name, keyGroup: group.keyGroup, entries: group.entries };
  return { meta, blocks: [group.bytes] };
}

export function decodeGroup({ keyGroup, entries }: GroupMeta, blocks: readonly Uint8Array[]): FrozenGroup {
  return { keyGroup, entries, bytes: blocks[0] ?? new Uint8Array(0) };
}
