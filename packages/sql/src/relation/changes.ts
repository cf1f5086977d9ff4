import type { OperatorId } from '@millrace/model';
import { type ChangelogMode, modeOf } from '@millrace/plan';
import { inputsOf, type Relation } from './relation.ts';
import { nodeOf } from './step.ts';

const PLACE = { id: '' as OperatorId, label: '', schema: { fields: [] } };

const modes = new WeakMap<Relation, ChangelogMode>();

/** Which changes the rows of a query can be, as the plan will say. */
export function changesOf(relation: Relation): ChangelogMode {
  const mode = modes.get(relation) ?? derive(relation);
  modes.set(relation, mode);
  return mode;
}

function derive(relation: Relation): ChangelogMode {
  const given = inputsOf(relation).map(changesOf);
  switch (relation.kind) {
    case 'scan':
      return relation.changes;
    case 'filter':
    case 'project':
      return given[0] ?? 'append';
    case 'window':
    case 'window-aggregate':
      return 'append';
    case 'union':
      return given.every((mode) => mode === 'append') ? 'append' : 'retract';
    case 'step':
      return modeOf(nodeOf(relation.work, PLACE, []), given);
  }
}

export function isAppendOnly(relation: Relation): boolean {
  return changesOf(relation) === 'append';
}
