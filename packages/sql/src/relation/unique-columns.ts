import type { Relation } from './relation.ts';

/** Columns that no two rows have in common: the keys of a GROUP BY, of a deduplication or of a table that tells rows by key, as long as they are still there. Undefined when that is not known. */
export function uniqueColumns(relation: Relation): readonly number[] | undefined {
  switch (relation.kind) {
    case 'scan': {
      const { table, columns, changes } = relation;
      if (changes === 'append') return undefined;
      const places = table.primaryKey?.map((index) => columns.indexOf(index));
      return places?.includes(-1) ? undefined : places;
    }
    case 'filter':
      return uniqueColumns(relation.input);
    case 'project': {
      const below = uniqueColumns(relation.input);
      const places = below?.map((index) =>
        relation.expressions.findIndex((expression) => columnBelow(expression) === index),
      );
      return places?.includes(-1) ? undefined : places;
    }
    case 'step': {
      const { work } = relation;
      if (work.kind === 'deduplicate' && work.keys.length > 0) return work.keys;
      return work.kind === 'group-aggregate' && work.keys.length > 0 ? [...work.keys.keys()] : undefined;
    }
    default:
      return undefined;
  }
}

/** The column an expression passes on, in another type perhaps. */
function columnBelow(expression: Extract<Relation, { kind: 'project' }>['expressions'][number]): number | undefined {
  if (expression.kind === 'column') return expression.index;
  return expression.kind === 'cast' ? columnBelow(expression.arg) : undefined;
}
