import type { Relation } from './relation.ts';
import type { Work } from './step.ts';

/** Work that has been told for how long it remembers, or that is told so now; a step that forgets by event time is not. */
export function withStateTtl(work: Work, stateTtlMs: number): Work {
  switch (work.kind) {
    case 'group-aggregate':
    case 'join':
    case 'over-aggregate':
    case 'deduplicate':
    case 'changelog-normalize':
      return stateTtlMs === 0 ? work : { stateTtlMs, ...work };
    case 'rank':
      return stateTtlMs === 0 || work.windowEnd !== undefined ? work : { stateTtlMs, ...work };
    default:
      return work;
  }
}

/** The join or aggregate that gives the rows of a query, below projections and filters, remembers for so long. */
export function rememberFor(relation: Relation, stateTtlMs: number): Relation {
  switch (relation.kind) {
    case 'project':
    case 'filter':
      return { ...relation, input: rememberFor(relation.input, stateTtlMs) };
    case 'step': {
      const { work } = relation;
      if (work.kind !== 'join' && work.kind !== 'group-aggregate') return relation;
      return { ...relation, work: { ...work, stateTtlMs } };
    }
    default:
      return relation;
  }
}
