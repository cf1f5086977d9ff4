import type { LogicalNode } from './logical-plan.ts';

/**
 * Which subtask must see a row of one input: `any` (where it is already), or the one that owns its key. `keyColumns` empty: all rows
 * meet on one subtask.
 */
export type Distribution = { readonly kind: 'any' } | { readonly kind: 'key'; readonly keyColumns: readonly number[] };

const ANY: Distribution = { kind: 'any' };

function byKey(keyColumns: readonly number[]): Distribution {
  return { kind: 'key', keyColumns };
}

/** By input, in the order of `inputsOf`: what an engine must arrange before the step can run in parallel. Pure. */
export function distributionsOf(node: LogicalNode): readonly Distribution[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'union':
      return node.inputs.map(() => ANY);
    case 'window-aggregate':
    case 'group-aggregate':
      return [node.phase === 'local' ? ANY : byKey(node.keys)];
    case 'deduplicate':
    case 'changelog-normalize':
      return [byKey(node.keys)];
    case 'over-aggregate':
    case 'rank':
    case 'match':
      return [byKey(node.partition)];
    case 'temporal-sort':
    case 'limit':
      return [byKey([])];
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      return [byKey(node.leftKeys), byKey(node.rightKeys)];
    case 'dead-letter':
    case 'filter':
    case 'project':
    case 'expand':
    case 'unnest':
    case 'replicate':
    case 'watermark':
    case 'window-assign':
    case 'sink':
      return [ANY];
    case 'lookup-join':
      return [node.rowKey === undefined ? ANY : byKey(node.rowKey)];
  }
}
