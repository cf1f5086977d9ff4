import type { Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';

/** CREATE VIEW v (a, b) and WITH q (a, b): other names for the columns. */
export function renameColumns(
  relation: Relation,
  names: readonly Name[],
  at: Span & { readonly text?: string },
  report: Report,
): Relation | undefined {
  if (names.length === 0) return relation;
  if (names.length !== relation.fields.length) {
    const message = `${at.text ?? 'The alias'} names ${names.length} columns, but its query has ${relation.fields.length}.`;
    return report.error('sql.sink-mismatch', at, message);
  }
  const columns = relation.fields.map((_, index) => columnOf(relation, index));
  return project(
    relation,
    columns,
    names.map((name) => name.text),
  );
}
