import type { Relation } from './relation.ts';

/** Columns that no two rows have in common: the keys of a GROUP BY that are still there. Undefined when that is not known. */
export function uniqueColumns(relation: Relation): readonly number[] | undefined {
  switch (relation.kind) {
    case 'filter':
      return uniqueColumns(relation.input);
    case 'project': {
      const below = uniqueColumns(relation.input);
      const places = below?.map((index) =>
        relation.expressions.findIndex((expression) => columnBelow(expression) === index),
      );
      return places?.includes(-1) ? undefined : places;
    }
    case 'step':
      return relation.work.kind === 'group-aggregate' && relation.work.keys.length > 0
        ? [...relation.work.keys.keys()]
        : undefined;
    default:
      return undefined;
  }
}

/** The column an expression passes on, in another type perhaps. */
function columnBelow(expression: Extract<Relation, { kind: 'project' }>['expressions'][number]): number | undefined {
  if (expression.kind === 'column') return expression.index;
  return expression.kind === 'cast' ? columnBelow(expression.arg) : undefined;
}
