import type { WindowSpec } from '@millrace/plan';
import type { Relation } from './relation.ts';

/** The windows the rows of a relation belong to; undefined when they belong to none. */
export function windowOf(relation: Relation): WindowSpec | undefined {
  switch (relation.kind) {
    case 'window':
    case 'window-aggregate':
      return relation.window;
    case 'filter':
    case 'project':
      return windowOf(relation.input);
    case 'step': {
      const { work, inputs } = relation;
      if (work.kind === 'window-assign') return work.window;
      const [input] = inputs;
      const keepsRows = work.kind === 'window-join' || work.kind === 'unnest' || work.kind === 'over-aggregate';
      return (keepsRows || work.kind === 'rank') && input !== undefined ? windowOf(input) : undefined;
    }
    default:
      return undefined;
  }
}
