import { inputsOf, type Relation } from './relation.ts';

/** True when a simplified query gives no row, whatever its tables hold: its WHERE is never true. */
export function isNever(relation: Relation): boolean {
  const [first = false, second = false] = inputsOf(relation).map(isNever);
  switch (relation.kind) {
    case 'scan':
      return false;
    case 'filter':
      return first || (relation.predicate.kind === 'literal' && relation.predicate.value !== true);
    case 'union':
      return relation.inputs.every(isNever);
    case 'project':
    case 'window':
    case 'window-aggregate':
      return first;
    case 'step': {
      const { work } = relation;
      if (relation.inputs.length < 2 || !('type' in work)) return first;
      if (work.type === 'inner' || work.type === 'semi') return first || second;
      if (work.type === 'right') return second;
      return work.type === 'full' ? first && second : first;
    }
  }
}
