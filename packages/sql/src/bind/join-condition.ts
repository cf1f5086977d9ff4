import { columnsOf, type Expression, remap } from '@millrace/plan';
import { isDeterministic } from '../relation/expression-walk.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { coerce } from './coerce.ts';
import { commonType, sameType } from './type-rule.ts';

/** An equality, each side over its own relation, both of one type. */
export interface JoinKey {
  readonly left: Expression;
  readonly right: Expression;
}

/** Conditions over the left columns followed by the right ones: which are equalities of both sides, and the others. */
export function sortConditions(
  conditions: readonly Expression[],
  leftWidth: number,
): { readonly keys: readonly JoinKey[]; readonly rest: readonly Expression[] } {
  const keys: JoinKey[] = [];
  const rest: Expression[] = [];
  for (const condition of conditions) {
    const key = isDeterministic(condition) ? keyOf(condition, leftWidth) : undefined;
    if (key === undefined) rest.push(condition);
    else keys.push({ left: key.left, right: remap(key.right, (index) => index - leftWidth) });
  }
  return { keys, rest };
}

type Side = 'left' | 'right' | 'both' | 'none';

export function sideOf(expression: Expression, leftWidth: number): Side {
  const columns = [...columnsOf(expression)];
  if (columns.length === 0) return 'none';
  if (columns.every((index) => index < leftWidth)) return 'left';
  return columns.every((index) => index >= leftWidth) ? 'right' : 'both';
}

/** Both sides of an equality as one type, so that equal values are equal keys. */
function keyOf(condition: Expression, leftWidth: number): JoinKey | undefined {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined;
  const [a, b] = condition.args;
  if (a === undefined || b === undefined) return undefined;
  const sides = [sideOf(a, leftWidth), sideOf(b, leftWidth)];
  const inOrder = sides[0] === 'left' && sides[1] === 'right';
  if (!inOrder && !(sides[0] === 'right' && sides[1] === 'left')) return undefined;
  const [left, right] = inOrder ? [a, b] : [b, a];
  if (sameType(left.type, right.type)) return { left, right };
  const type = commonType(left.type, right.type);
  return type && { left: coerce(left, type), right: coerce(right, type) };
}

/** The relation with a column for each of `expressions`: those that are columns already, others computed behind the rest. */
export function withColumns(
  relation: Relation,
  expressions: readonly Expression[],
): { readonly relation: Relation; readonly columns: readonly number[] } {
  const all = relation.fields.map((_, index) => columnOf(relation, index));
  const names = relation.fields.map(({ name }) => name);
  const columns = expressions.map((expression) => {
    if (expression.kind === 'column') return expression.index;
    const text = JSON.stringify(expression);
    const known = all.findIndex((candidate) => JSON.stringify(candidate) === text);
    if (known >= 0) return known;
    names.push(`key${all.length}`);
    return all.push(expression) - 1;
  });
  const isWider = all.length > relation.fields.length;
  return { relation: isWider ? project(relation, all, names) : relation, columns };
}
