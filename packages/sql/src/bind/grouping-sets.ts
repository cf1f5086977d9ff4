import type { Expression } from '@millrace/plan';
import type { Expr, GroupingElement } from '../ast.ts';
import { columnOf, type Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import { integerLiteral, nullLiteral } from './literal.ts';
import { withNullable } from './type-rule.ts';

/** CUBE of more columns has more sets than anyone reads. */
export const SETS_MAX = 64;

/** Each set as the positions of its keys in `keys`; undefined when there would be more than SETS_MAX. */
export interface GroupingSets {
  readonly keys: readonly Expr[];
  readonly sets: readonly (readonly number[])[] | undefined;
}

/** The sets a GROUP BY means: every combination of one set of each element (SQL:2016 7.13). */
export function groupingSetsOf(elements: readonly GroupingElement[]): GroupingSets {
  const keys: Expr[] = [];
  const place = (expr: Expr): number => keys.push(expr) - 1;
  let sets: readonly (readonly number[])[] = [[]];
  for (const element of elements) {
    const own = setsOf(element, place);
    if (sets.length * own.length > SETS_MAX) return { keys, sets: undefined };
    sets = sets.flatMap((left) => own.map((right) => [...left, ...right]));
  }
  return { keys, sets };
}

function setsOf(element: GroupingElement, place: (expr: Expr) => number): readonly (readonly number[])[] {
  switch (element.kind) {
    case 'key':
      return [[place(element.expr)]];
    case 'sets':
      return element.sets.map((set) => set.map(place));
    case 'rollup': {
      const columns = element.sets.map((set) => set.map(place));
      return Array.from({ length: columns.length + 1 }, (_, cut) => columns.slice(0, columns.length - cut).flat());
    }
    case 'cube': {
      const columns = element.sets.map((set) => set.map(place));
      const count = Math.min(2 ** columns.length, SETS_MAX + 1);
      return Array.from({ length: count }, (_, mask) =>
        columns.filter((_column, at) => ((mask >> (columns.length - 1 - at)) & 1) === 0).flat(),
      );
    }
  }
}

/** GROUPING_ID of a set: a bit per key, the first key highest; 1 where the key is not in the set. */
export function groupingId(set: readonly number[], keys: number): bigint {
  let id = 0n;
  for (let key = 0; key < keys; key++) id = id * 2n + (set.includes(key) ? 0n : 1n);
  return id;
}

/** The input once per set, behind its columns the keys (NULL where not in the set) and the grouping id. */
export function expandSets(input: Relation, keys: readonly number[], sets: readonly (readonly number[])[]): Relation {
  const columns = input.fields.map((_, index) => columnOf(input, index));
  const projections = sets.map((set) => [
    ...columns,
    ...keys.map((column, key) => keyIn(columnOf(input, column), set.includes(key))),
    integerLiteral(groupingId(set, keys.length), 'bigint'),
  ]);
  const names = [...input.fields.map(({ name }) => name), ...keys.map((key) => input.fields[key]?.name ?? ''), '$id'];
  return step({ kind: 'expand', projections }, [input], input.eventTime, { names });
}

function keyIn(column: Expression, isIn: boolean): Expression {
  if (!isIn) return nullLiteral(column.type);
  if (column.type.nullable) return column;
  // All projections give one type.
  return { kind: 'cast', arg: column, safe: false, type: withNullable(column.type, true) };
}
