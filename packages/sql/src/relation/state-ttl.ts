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
  return withWork(relation, (work) =>
    work.kind === 'join' || work.kind === 'group-aggregate' ? { ...work, stateTtlMs } : work,
  );
}

/** How long each side of a join is remembered, in ms; a side that is not named as the settings say. */
export interface SideTtls {
  readonly left?: number;
  readonly right?: number;
}

/** The same of a join, each side for its own time. */
export function rememberSidesFor(relation: Relation, { left, right }: SideTtls): Relation {
  if (left !== undefined && left === right) return rememberFor(relation, left);
  return withWork(relation, (work) =>
    work.kind === 'join'
      ? {
          ...work,
          ...(left === undefined ? {} : { leftTtlMs: left }),
          ...(right === undefined ? {} : { rightTtlMs: right }),
        }
      : work,
  );
}

/** The step that gives the rows, below projections and filters, does its work otherwise. */
function withWork(relation: Relation, change: (work: Work) => Work): Relation {
  switch (relation.kind) {
    case 'project':
    case 'filter':
      return { ...relation, input: withWork(relation.input, change) };
    case 'step':
      return { ...relation, work: change(relation.work) };
    default:
      return relation;
  }
}
