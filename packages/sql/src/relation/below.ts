import { columnsOf, type Expression, remap } from '@millrace/plan';
import { isDeterministic } from './expression-walk.ts';
import type { Step, WindowAggregate } from './relation.ts';
import type { Work } from './step.ts';

/**
 * A condition on what a step gives as one on the rows of an input, where rows dropped there change nothing else: on the keys of groups, windows,
 * rankings and patterns, on a side of a join that never gets NULLs in its place, on columns that only pass through row by row.
 */
export function belowOf(
  relation: WindowAggregate | Step,
  predicate: Expression,
): { readonly input: number; readonly predicate: Expression } | undefined {
  const columns = [...columnsOf(predicate)];
  if (!isDeterministic(predicate) || columns.length === 0) return undefined;
  const areBelow = (test: (index: number) => boolean) => columns.every(test);
  if (relation.kind === 'window-aggregate') {
    if (!areBelow((index) => index < relation.keys.length)) return undefined;
    return { input: 0, predicate: remap(predicate, (index) => relation.keys[index] ?? index) };
  }
  const { work, inputs } = relation;
  const width = inputs[0]?.fields.length ?? 0;
  if (!('leftKeys' in work)) {
    const places = columnsDecidedBelow(work, width);
    if (!areBelow((index) => places[index] !== undefined)) return undefined;
    return { input: 0, predicate: remap(predicate, (index) => places[index] ?? index) };
  }
  const goesLeft = work.type !== 'right' && work.type !== 'full';
  if (goesLeft && areBelow((index) => index < width)) return { input: 0, predicate };
  // What is true of a row at one moment need not be true of the version that was valid at another.
  const goesRight = (work.type === 'inner' || work.type === 'right') && work.kind !== 'temporal-join';
  if (!goesRight || !areBelow((index) => index >= width)) return undefined;
  return { input: 1, predicate: remap(predicate, (index) => index - width) };
}

/** Where the columns of a step with one input come from, as far as all rows of equal values there may go without changing what becomes of others. */
function columnsDecidedBelow(work: Work, width: number): readonly (number | undefined)[] {
  const columns = Array.from({ length: width }, (_, index) => index);
  const only = (keys: readonly number[]) => columns.map((index) => (keys.includes(index) ? index : undefined));
  switch (work.kind) {
    case 'lookup-join':
    case 'unnest':
    case 'window-assign':
    case 'temporal-sort':
      return columns;
    case 'group-aggregate':
      return work.keys;
    case 'match':
    case 'over-aggregate':
    case 'rank':
      return work.kind === 'match' ? work.partition : only(work.partition);
    case 'deduplicate':
    case 'changelog-normalize':
      return only(work.keys);
    default:
      return [];
  }
}
