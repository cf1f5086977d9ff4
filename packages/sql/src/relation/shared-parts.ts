import { planName } from '../bind/table-hint.ts';
import { inputsOf, type Relation, withInputs } from './relation.ts';

/** Queries in which equal parts are one object, and those of them that are worth computing once. */
export interface SharedParts {
  readonly relations: readonly Relation[];
  /** Outer ones first. */
  readonly shared: readonly Relation[];
}

/**
 * Finds what queries have in common: a view that two of them read, a subquery written twice. Parts are equal when they do the same to equal parts,
 * whatever their columns are called. Only what remembers or asks outside counts as shared: passing rows on twice costs less than keeping two readers'
 * filters and columns apart.
 */
export function shareParts(relations: readonly Relation[]): SharedParts {
  const interning = new Interning();
  const interned = relations.map((relation) => interning.intern(relation));
  const order: Relation[] = [];
  const seen = new Set<Relation>();
  const visit = (relation: Relation): void => {
    if (seen.has(relation)) return;
    seen.add(relation);
    for (const input of inputsOf(relation)) visit(input);
    order.unshift(relation);
  };
  for (const relation of interned) visit(relation);
  const readers = new Map<Relation, number>();
  const count = (relation: Relation, more: number) => readers.set(relation, (readers.get(relation) ?? 0) + more);
  for (const relation of interned) count(relation, 1);
  for (const relation of order) {
    // Who reads what only passes rows on reads what is below it.
    const passed = isWorthSharing(relation) ? 1 : (readers.get(relation) ?? 0);
    for (const input of inputsOf(relation)) count(input, passed);
  }
  const shared = order.filter((relation) => (readers.get(relation) ?? 0) > 1 && isWorthSharing(relation));
  return { relations: interned, shared };
}

class Interning {
  readonly #byContent = new Map<string, Relation>();
  readonly #known = new Map<Relation, Relation>();
  readonly #numbers = new Map<Relation, number>();

  intern(relation: Relation): Relation {
    const known = this.#known.get(relation);
    if (known !== undefined) return known;
    const inputs = inputsOf(relation).map((input) => this.intern(input));
    const content = contentOf(
      relation,
      inputs.map((input) => this.#numbers.get(input) ?? -1),
    );
    const interned = this.#byContent.get(content) ?? withInputs(relation, inputs);
    this.#byContent.set(content, interned);
    this.#known.set(relation, interned);
    if (!this.#numbers.has(interned)) this.#numbers.set(interned, this.#numbers.size);
    return interned;
  }
}

/** Everything a part does, without the names of its columns. */
function contentOf(relation: Relation, inputs: readonly number[]): string {
  const types = relation.fields.map(({ type }) => type);
  const place = [relation.kind, inputs, types, relation.eventTime];
  switch (relation.kind) {
    case 'scan':
      return JSON.stringify([...place, planName(relation.table), relation.columns, relation.changes]);
    case 'filter':
      return JSON.stringify([...place, relation.predicate]);
    case 'project':
      return JSON.stringify([...place, relation.expressions]);
    case 'union':
      return JSON.stringify(place);
    case 'window':
      return JSON.stringify([...place, relation.timeColumn, relation.window, relation.partition]);
    case 'window-aggregate':
      return JSON.stringify([...place, relation.keys, relation.timeColumn, relation.window, relation.calls]);
    case 'step':
      return JSON.stringify([...place, relation.work]);
  }
}

function isWorthSharing(relation: Relation): boolean {
  if (relation.kind === 'window-aggregate') return true;
  // Sessions remember rows; two clocks would put a row into two windows.
  if (relation.kind === 'window') return relation.window.kind === 'session' || relation.timeColumn === 'processing';
  if (relation.kind !== 'step') return false;
  const { kind } = relation.work;
  return kind !== 'expand' && kind !== 'unnest' && kind !== 'replicate' && kind !== 'window-assign';
}
