import type { OperatorId } from '@millrace/model';
import { inputsOf, type LogicalNode, type LogicalPlan } from './logical-plan.ts';

/**
 * Which changes the rows of a step can be. `append`: INSERTs only. `retract`: all four, every replaced row taken back first.
 * `upsert`: each row says what its key's row is now (INSERT or UPDATE_AFTER) or that it is gone (DELETE). The modes of Flink's
 * "Dynamic Tables".
 */
export const CHANGELOG_MODES = ['append', 'retract', 'upsert'] as const;
export type ChangelogMode = (typeof CHANGELOG_MODES)[number];

/** A step that is given changes it has no answer to. `node` needs `append`; `input` gives more. */
export interface ChangelogConflict {
  readonly node: LogicalNode;
  readonly input: LogicalNode;
  readonly given: ChangelogMode;
}

/** The mode of every step, and where a plan asks what cannot be: for sinks see `sinkConflicts` of whoever knows connectors. Pure. */
export function changelogOf(plan: LogicalPlan): {
  readonly modes: ReadonlyMap<OperatorId, ChangelogMode>;
  readonly conflicts: readonly ChangelogConflict[];
} {
  const modes = new Map<OperatorId, ChangelogMode>();
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  const conflicts: ChangelogConflict[] = [];
  for (const node of plan.nodes) {
    const given = inputsOf(node).map((input) => modes.get(input) ?? 'append');
    modes.set(node.id, modeOf(node, given));
    for (const [at, id] of inputsOf(node).entries()) {
      const mode = given[at] ?? 'append';
      const input = byId.get(id);
      if (input !== undefined && mode !== 'append' && !takes(node, at, mode))
        conflicts.push({ node, input, given: mode });
    }
  }
  return { modes, conflicts };
}

/**
 * The plan with `insertOnly` set where the modes say so: an engine does it before it runs a plan, so that MIN, MAX and their kin keep one value
 * per group and not all of them, and a ranking the rows at its places. Pure.
 */
export function markInsertOnly(plan: LogicalPlan): LogicalPlan {
  const { modes } = changelogOf(plan);
  const nodes = plan.nodes.map((node) => {
    const mayMark = (node.kind === 'group-aggregate' || node.kind === 'rank') && modes.get(node.input) === 'append';
    return mayMark ? { ...node, insertOnly: true as const } : node;
  });
  return { ...plan, nodes };
}

/** The mode of one step, given those of its inputs. */
export function modeOf(node: LogicalNode, given: readonly ChangelogMode[]): ChangelogMode {
  const isAppend = given.every((mode) => mode === 'append');
  switch (node.kind) {
    case 'source':
      return node.retract === true ? 'retract' : node.upsert === true ? 'upsert' : 'append';
    case 'filter':
    case 'project':
    case 'expand':
    case 'unnest':
    case 'replicate':
    case 'watermark':
    case 'sink':
      return given[0] ?? 'append';
    case 'union':
    case 'lookup-join':
      return isAppend ? 'append' : 'retract';
    case 'join':
      return isAppend && (node.type === 'inner' || node.type === 'semi') ? 'append' : 'retract';
    case 'rank':
      return node.windowEnd === undefined ? 'retract' : 'append';
    case 'deduplicate':
      return node.keep === 'first' && node.time === 'processing' ? 'append' : 'retract';
    case 'group-aggregate':
      // DISTINCT over INSERTs: a group never changes once it is there.
      return isAppend && node.calls.length === 0 ? 'append' : 'retract';
    case 'changelog-normalize':
      return 'retract';
    case 'dead-letter':
    case 'window-assign':
    case 'window-aggregate':
    case 'over-aggregate':
    case 'temporal-sort':
    case 'limit':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
    case 'match':
      return 'append';
  }
}

function takes(node: LogicalNode, input: number, mode: ChangelogMode): boolean {
  switch (node.kind) {
    case 'changelog-normalize':
    case 'sink':
      return true;
    case 'filter':
    case 'project':
    case 'watermark':
      // Between an upsert source and the step that makes full changes of it.
      return true;
    case 'expand':
    case 'unnest':
    case 'replicate':
    case 'union':
    case 'join':
    case 'group-aggregate':
      return mode === 'retract';
    case 'rank':
      return mode === 'retract' && node.windowEnd === undefined;
    case 'lookup-join':
      return mode === 'retract' && node.rowKey !== undefined;
    case 'temporal-join':
      return input === 1;
    default:
      return false;
  }
}
