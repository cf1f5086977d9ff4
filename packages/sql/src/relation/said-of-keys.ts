import { columnsOf, conjuncts, type Expression, substitute } from '@millrace/plan';
import { isApproximate } from '../bind/type-rule.ts';
import { isDeterministic } from './expression-walk.ts';
import { foldCondition } from './fold.ts';
import { columnOf, type Relation, type Step } from './relation.ts';

/**
 * Per input of a join, what its rows must fulfil to meet any of the other: what that one's filter says of the keys, said of the keys here. Not where the rows of
 * this input are kept without a partner.
 */
export function impliedByKeys({ work, inputs }: Step): readonly (readonly Expression[])[] {
  if (!('leftKeys' in work) || inputs.length < 2) return [];
  const [left, right] = inputs;
  if (left === undefined || right === undefined) return [];
  const toRight = work.type === 'inner' || work.type === 'left' || work.type === 'semi';
  const toLeft = work.type === 'inner' || work.type === 'right' || work.type === 'semi';
  return [
    toLeft ? saidOfKeys(right, work.rightKeys, left, work.leftKeys) : [],
    toRight ? saidOfKeys(left, work.leftKeys, right, work.rightKeys) : [],
  ];
}

/** Equal keys are alike in everything, but for the two zeros of a floating-point number. */
function saidOfKeys(from: Relation, keys: readonly number[], to: Relation, others: readonly number[]): Expression[] {
  return filtersOf(from).flatMap((predicate) => {
    const places = [...columnsOf(predicate)].map((index) => ({ index, key: keys.indexOf(index) }));
    const isSaid = places.every(
      ({ index, key }) => key >= 0 && !isApproximate(from.fields[index]?.type ?? predicate.type),
    );
    if (places.length === 0 || !isSaid || !isDeterministic(predicate)) return [];
    return [substitute(predicate, (index) => columnOf(to, others[keys.indexOf(index)] ?? -1))];
  });
}

function filtersOf(relation: Relation): readonly Expression[] {
  if (relation.kind !== 'filter') return [];
  return [...conjuncts(foldCondition(relation.predicate)), ...filtersOf(relation.input)];
}
