import { conjunction, conjuncts, type Expression } from '@millrace/plan';
import { noRows } from '../bind/values.ts';
import { anyOf } from './any-of.ts';
import { belowOf } from './below.ts';
import { isNever } from './never.ts';
import { inputsOf, type Relation, withInputs } from './relation.ts';
import { shareParts } from './shared-parts.ts';
import { pushFilter, simplify, simplifyWork } from './simplify.ts';

export interface SimplifiedTogether {
  readonly relations: readonly Relation[];
  /** Parts with several readers, each one object wherever it is read. */
  readonly shared: ReadonlySet<Relation>;
}

/**
 * Every query simplified, what they share once. A filter of one reader stays above a shared part; below it goes what every row
 * fulfils that some reader wants: one reader's conditions or the other's, and nothing when one has none.
 */
export function simplifyTogether(queries: readonly Relation[]): SimplifiedTogether {
  const { relations, shared } = shareParts(queries);
  const kept = new Set(shared);
  const readers = new Map<Relation, (Expression | undefined)[]>();
  const tops = relations.map((relation) => simplify(relation, kept));
  for (const top of tops) noteReaders(top, kept, readers);
  const simplified = new Map<Relation, Relation>();
  for (const part of shared) {
    const inside = withCondition(simplifyWork(part, kept), anyOf(readers.get(part) ?? [undefined]), kept);
    simplified.set(part, inside);
    for (const input of inputsOf(inside)) noteReaders(input, kept, readers);
  }
  const assemble = assembler(simplified);
  const whole = tops.map(assemble).map((relation) => (isNever(relation) ? noRows(relation.fields) : relation));
  return { relations: whole, shared: new Set(shared.map(assemble)) };
}

/** Of every shared part in a query, what its reader asks of the rows in terms of what is below it. */
function noteReaders(
  relation: Relation,
  kept: ReadonlySet<Relation>,
  readers: Map<Relation, (Expression | undefined)[]>,
) {
  const visit = (part: Relation, above: readonly Expression[]): void => {
    if (kept.has(part)) {
      const asked = above.filter((predicate) => isPushable(part, predicate));
      readers.set(part, [...(readers.get(part) ?? []), conjunction(asked)]);
    } else if (part.kind === 'filter') visit(part.input, [...above, ...conjuncts(part.predicate)]);
    else for (const input of inputsOf(part)) visit(input, []);
  };
  visit(relation, []);
}

function isPushable(part: Relation, predicate: Expression): boolean {
  return (part.kind === 'window-aggregate' || part.kind === 'step') && belowOf(part, predicate) !== undefined;
}

function withCondition(inside: Relation, condition: Expression | undefined, kept: ReadonlySet<Relation>): Relation {
  const below = condition === undefined ? [] : conjuncts(condition).filter((part) => isPushable(inside, part));
  return pushFilter(inside, below, kept);
}

/** Puts the simplified parts where they are read. */
function assembler(simplified: ReadonlyMap<Relation, Relation>): (relation: Relation) => Relation {
  const known = new Map<Relation, Relation>();
  const assemble = (relation: Relation): Relation => {
    const done = known.get(relation);
    if (done !== undefined) return done;
    const part = simplified.get(relation);
    const whole =
      part === undefined || part === relation
        ? withInputs(relation, inputsOf(relation).map(assemble))
        : withInputs(part, inputsOf(part).map(assemble));
    known.set(relation, whole);
    return whole;
  };
  return assemble;
}
