import type { JoinType } from '@millrace/plan';
import { type Row, textOf } from './changelog.ts';

/** A join by its definition: every pair is looked at. `meets` is asked of pairs with equal keys only. */
export function joined(
  lefts: readonly Row[],
  rights: readonly Row[],
  node: { readonly type: JoinType; readonly leftKeys: readonly number[]; readonly rightKeys: readonly number[] },
  meets: (left: Row, right: Row) => boolean,
): Row[] {
  const { type, leftKeys, rightKeys } = node;
  const sameKeys = (left: Row, right: Row) =>
    leftKeys.every((column, at) => {
      const [a = null, b = null] = [left[column], right[rightKeys[at] ?? 0]];
      return a !== null && b !== null && textOf([a]) === textOf([b]);
    });
  const isPair = (left: Row, right: Row) => sameKeys(left, right) && meets(left, right);
  const alone = lefts.filter((left) => !rights.some((right) => isPair(left, right)));
  if (type === 'anti') return alone;
  if (type === 'semi') return lefts.filter((left) => !alone.includes(left));
  const pairs = lefts.flatMap((left) =>
    rights.filter((right) => isPair(left, right)).map((right) => [...left, ...right]),
  );
  const orphans = rights.filter((right) => !lefts.some((left) => isPair(left, right)));
  const [leftWidth, rightWidth] = [lefts[0]?.length ?? 3, rights[0]?.length ?? 3];
  const noLeft = new Array<null>(leftWidth).fill(null);
  const noRight = new Array<null>(rightWidth).fill(null);
  return [
    ...pairs,
    ...(type === 'left' || type === 'full' ? alone.map((left) => [...left, ...noRight]) : []),
    ...(type === 'right' || type === 'full' ? orphans.map((right) => [...noLeft, ...right]) : []),
  ];
}
