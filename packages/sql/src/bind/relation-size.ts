import type { Report } from '../diagnostic.ts';
import { inputsOf, type Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';

/** Views inside views double quickly: a query reads at most this many tables once they are written out. */
const RELATION_SIZE_MAX = 500;
const sizes = new WeakMap<Relation, number>();

function sizeOf(relation: Relation): number {
  const known = sizes.get(relation);
  if (known !== undefined) return known;
  const size = inputsOf(relation).reduce((sum, input) => sum + sizeOf(input), relation.kind === 'scan' ? 1 : 0);
  sizes.set(relation, size);
  return size;
}

/** The relation, unless it reads too many tables: then undefined after a report. */
export function withinSize(relation: Relation, span: Span, report: Report): Relation | undefined {
  if (sizeOf(relation) <= RELATION_SIZE_MAX) return relation;
  const message = `The query reads more than ${RELATION_SIZE_MAX} tables once its views are written out: split the job.`;
  return report.error('sql.too-large', span, message);
}
