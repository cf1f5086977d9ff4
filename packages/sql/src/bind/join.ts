import { conjuncts, type Expression, type JoinType, remap } from '@millrace/plan';
import type { Expr, JoinTable, Name } from '../ast.ts';
import { conjunctsOf } from '../ast-walk.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { rememberSidesFor } from '../relation/state-ttl.ts';
import { alignForComparison, coerce, typeName } from './coerce.ts';
import { bindCondition } from './expression.ts';
import { sideOf } from './join-condition.ts';
import { filterBy, joinRelations } from './join-relation.ts';
import type { QueryContext } from './query-context.ts';
import { joinTtls } from './query-hint.ts';
import { columnsOfTable, partsOf, type Scope, type ScopePart, unknownColumn, visibleColumns } from './scope.ts';
import { commonType, withNullable } from './type-rule.ts';

/** A scope whose relation is known. */
export type FilledScope = Scope & { readonly relation: Relation };

/** Makes the relation of a join from its sides and conditions. */
type MakeJoin = (left: Relation, right: Relation, conditions: readonly Expression[]) => Relation;

/** Both tables beside each other, names as in FROM: what ON is bound in. Undefined after a report. */
export function besides(
  left: FilledScope,
  right: FilledScope,
  ref: JoinTable,
  report: Report,
): FilledScope | undefined {
  const width = left.relation.fields.length;
  const moved = partsOf(right).map((part) => ({ ...part, columns: part.columns.map((index) => index + width) }));
  const parts: readonly ScopePart[] = [...partsOf(left), ...moved];
  const twice = moved.find(({ qualifier }) => qualifier !== undefined && columnsOfTable(left, qualifier) !== undefined);
  if (twice !== undefined) {
    const message = `Two tables in FROM are called ${twice.qualifier}: give one of them an alias.`;
    return report.error('sql.duplicate-name', ref.right, message);
  }
  return {
    relation: joinRelations(left.relation, right.relation, 'inner', []),
    qualifier: undefined,
    broken: new Set(),
    parts,
    visible: [...visibleColumns(left), ...visibleColumns(right).map((index) => index + width)],
  };
}

/** The scope of conditions between a query and a subquery of it: a name the subquery knows is its own. */
export function correlationScope(outer: FilledScope, inner: FilledScope): FilledScope {
  const width = outer.relation.fields.length;
  const move = (index: number) => index + width;
  const names = new Set(visibleColumns(inner).map((index) => inner.relation.fields[index]?.name));
  const others = visibleColumns(outer).filter((index) => !names.has(outer.relation.fields[index]?.name));
  const parts = partsOf(inner).map((part) => ({ ...part, columns: part.columns.map(move) }));
  return {
    relation: joinRelations(outer.relation, inner.relation, 'inner', []),
    qualifier: undefined,
    broken: new Set(),
    parts: [...parts, ...partsOf(outer)],
    visible: [...visibleColumns(inner).map(move), ...others],
  };
}

/** left JOIN right ON condition | USING (columns) */
export function bindJoin(
  ref: JoinTable,
  left: FilledScope,
  right: FilledScope,
  { report, stateTtls }: Pick<QueryContext, 'report' | 'stateTtls'>,
): FilledScope | undefined {
  const both = besides(left, right, ref, report);
  if (both === undefined) return undefined;
  const conditions = bindJoinConditions(ref, left, right, both, report);
  if (conditions === undefined) return undefined;
  const type: JoinType = ref.type === 'cross' ? 'inner' : ref.type;
  const ttls = joinTtls(ref, stateTtls);
  const make: MakeJoin = (a, b, all) => rememberSidesFor(joinRelations(a, b, type, all), ttls);
  const scope = joinedScope(both, left, right, type, conditions, make, { isVersioned: false });
  return ref.using.length === 0 ? scope : mergeUsing(ref.using, scope, left, right, type);
}

/** ON or USING as conditions over both sides; undefined after a report. */
export function bindJoinConditions(
  ref: JoinTable,
  left: FilledScope,
  right: FilledScope,
  both: FilledScope,
  report: Report,
): readonly Expression[] | undefined {
  if (ref.using.length > 0) return usingConditions(ref.using, left, right, report);
  if (ref.on === undefined) return [];
  const bound = conjunctsOf(ref.on).map((part: Expr) => bindCondition(part, 'ON', { scope: both, report }));
  const known = bound.filter((condition) => condition !== undefined);
  return known.length === bound.length ? known.flatMap(conjuncts) : undefined;
}

/**
 * The scope of a join that takes conditions of WHERE into itself as far as its type allows. A condition on a versioned right side stays
 * above: dropping a version would leave an older one valid.
 */
export function joinedScope(
  both: FilledScope,
  left: FilledScope,
  right: FilledScope,
  type: JoinType,
  conditions: readonly Expression[],
  make: MakeJoin,
  { isVersioned }: { readonly isVersioned: boolean },
): FilledScope {
  const width = left.relation.fields.length;
  const where = (more: readonly Expression[]): Relation => {
    const sides = { left: [] as Expression[], right: [] as Expression[], both: [] as Expression[] };
    const above: Expression[] = [];
    for (const condition of more) {
      const side = sideOf(condition, width);
      if (side === 'left' && (type === 'inner' || type === 'left')) sides.left.push(condition);
      else if (side === 'right' && !isVersioned && (type === 'inner' || type === 'right'))
        sides.right.push(remap(condition, (index) => index - width));
      else if (type === 'inner' && side !== 'right') sides.both.push(condition);
      else above.push(condition);
    }
    const joined = make(restrict(left, sides.left), restrict(right, sides.right), [...conditions, ...sides.both]);
    return filterBy(joined, above);
  };
  return { ...both, relation: make(left.relation, right.relation, conditions), where };
}

/** The rows of a scope for which all conditions hold. */
export function restrict(scope: FilledScope, conditions: readonly Expression[]): Relation {
  if (conditions.length === 0) return scope.relation;
  return scope.where === undefined ? filterBy(scope.relation, conditions) : scope.where(conditions);
}

function usingConditions(
  names: readonly Name[],
  left: FilledScope,
  right: FilledScope,
  report: Report,
): readonly Expression[] | undefined {
  const width = left.relation.fields.length;
  const conditions = names.map((name): Expression | undefined => {
    const a = onlyColumn(name, left, report);
    const b = onlyColumn(name, right, report);
    if (a === undefined || b === undefined) return undefined;
    const sides = alignForComparison(columnOf(left.relation, a), moved(columnOf(right.relation, b), width));
    if (sides === undefined) {
      const types = [columnOf(left.relation, a), columnOf(right.relation, b)].map(typeName);
      const message = `${name.text} is ${types.join(' on the left and ')} on the right: join ON with a CAST.`;
      return report.error('sql.type-mismatch', name, message);
    }
    const nullable = sides.some((side) => side.type.nullable);
    return { kind: 'call', name: '=', args: sides, type: { kind: 'boolean', nullable } };
  });
  const known = conditions.filter((condition) => condition !== undefined);
  return known.length === conditions.length ? known : undefined;
}

function moved(expression: Expression, by: number): Expression {
  return remap(expression, (index) => index + by);
}

function onlyColumn(name: Name, { relation, ...scope }: FilledScope, report: Report): number | undefined {
  const columns = visibleColumns({ ...scope, relation });
  const found = columns.filter((index) => relation.fields[index]?.name === name.text);
  if (found.length > 1) {
    const message = `More than one column is called ${name.text} on one side of the join: join ON the one that is meant.`;
    return report.error('sql.ambiguous-column', name, message);
  }
  const names = columns.flatMap((index) => relation.fields[index]?.name ?? []);
  return found[0] ?? unknownColumn(name, names, report);
}

/** The columns of USING stand once in `*` and may be named alone: the side that is there, in a FULL JOIN whichever is. */
function mergeUsing(
  names: readonly Name[],
  scope: FilledScope,
  left: FilledScope,
  right: FilledScope,
  type: JoinType,
): FilledScope {
  const width = left.relation.fields.length;
  const isNamed = (index: number) => names.some(({ text }) => text === scope.relation.fields[index]?.name);
  const visible = visibleColumns(scope);
  const lefts = visible.filter((index) => index < width && isNamed(index));
  const rights = visible.filter((index) => index >= width && isNamed(index));
  const others = visible.filter((index) => !isNamed(index));
  if (type !== 'full') return { ...scope, visible: [...(type === 'right' ? rights : lefts), ...others] };
  const base = scope.relation.fields.length;
  const widen = (relation: Relation): Relation => mergedColumns(relation, names, width, left, right);
  const { where } = scope;
  return {
    ...scope,
    relation: widen(scope.relation),
    visible: [...names.keys(), ...others].map((index, at) => (at < names.length ? base + index : index)),
    where: (conditions) => {
      const relation = widen(scope.relation);
      const plain = conditions.every((condition) => sideOf(condition, base) === 'left');
      return plain && where !== undefined ? widen(where(conditions)) : filterBy(relation, conditions);
    },
  };
}

/** COALESCE(left.k, right.k) of every column of USING, behind the others. */
function mergedColumns(
  relation: Relation,
  names: readonly Name[],
  width: number,
  left: FilledScope,
  right: FilledScope,
): Relation {
  const columns = relation.fields.map((_, index) => columnOf(relation, index));
  const merged = names.map((name): Expression => {
    const find = ({ relation: side, ...scope }: FilledScope) =>
      visibleColumns({ ...scope, relation: side }).find((index) => side.fields[index]?.name === name.text) ?? 0;
    const sides = [columnOf(relation, find(left)), columnOf(relation, width + find(right))];
    const type = sides.map((side) => side.type).reduce((a, b) => commonType(a, b) ?? a);
    const args = sides.map((side) => coerce(side, type));
    return { kind: 'call', name: 'coalesce', args, type: withNullable(type, true) };
  });
  return project(
    relation,
    [...columns, ...merged],
    [...relation.fields.map((field) => field.name), ...names.map((name) => name.text)],
  );
}
