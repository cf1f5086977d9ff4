import { conjunction, type Expression, type JoinType, remap } from '@millrace/plan';
import { isAppendOnly } from '../relation/changes.ts';
import { isDeterministic } from '../relation/expression-walk.ts';
import { foldConstants } from '../relation/fold.ts';
import { applyWhere } from '../relation/rank-bounds.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { step, type Work } from '../relation/step.ts';
import { windowColumnsOf, windowPartOf } from '../relation/window-columns.ts';
import { withWindowEnd } from '../relation/window-time.ts';
import { type JoinKey, sideOf, sortConditions, withColumns } from './join-condition.ts';
import { timeBoundsOf } from './time-bounds.ts';

/**
 * Rows of two relations that meet `conditions`, which are over the left columns followed by the right ones. Gives the columns of
 * both; semi and anti joins those of the left. A condition on one side drops rows before the join, unless the join keeps them.
 */
export function joinRelations(
  left: Relation,
  right: Relation,
  type: JoinType,
  conditions: readonly Expression[],
): Relation {
  const width = left.fields.length;
  const drops = {
    left: type === 'inner' || type === 'right' || type === 'semi',
    right: type !== 'right' && type !== 'full',
  };
  const before = { left: [] as Expression[], right: [] as Expression[] };
  const open: Expression[] = [];
  for (const condition of conditions.map(foldConstants)) {
    if (condition.kind === 'literal' && condition.value === true) continue;
    const side = isDeterministic(condition) ? sideOf(condition, width) : 'both';
    if (side === 'left' && drops.left) before.left.push(condition);
    else if (side === 'right' && drops.right) before.right.push(remap(condition, (index) => index - width));
    else open.push(condition);
  }
  return buildJoin(filterBy(left, before.left), filterBy(right, before.right), type, open);
}

/** The rows that meet all conditions; those on a ROW_NUMBER() become its bounds. */
export function filterBy(relation: Relation, conditions: readonly Expression[]): Relation {
  const predicate = conjunction(conditions);
  return predicate === undefined ? relation : applyWhere(relation, predicate);
}

function buildJoin(left: Relation, right: Relation, type: JoinType, conditions: readonly Expression[]): Relation {
  const ends = windowEnds(left, right, conditions);
  if (ends !== undefined) return windowJoin(left, right, type, conditions, ends);
  const time = timedWork(left, right, type, conditions);
  const { keys, rest } = sortConditions(time?.rest ?? conditions, left.fields.length);
  const joined = joinOn(left, right, keys, rest, (common) =>
    time === undefined ? { kind: 'join', type, ...common } : { ...time.work, type, ...common },
  );
  const keepsTime = time !== undefined && type !== 'right' && type !== 'full';
  return keepsTime || joined.eventTime === undefined ? joined : { ...joined, eventTime: undefined };
}

interface Common {
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly condition: Expression | undefined;
}

/** The step of a join with its keys as columns: those that are expressions are computed before and cut off behind. */
export function joinOn(
  left: Relation,
  right: Relation,
  keys: readonly JoinKey[],
  rest: readonly Expression[],
  workOf: (common: Common) => Extract<Work, { readonly leftKeys: readonly number[] }>,
): Relation {
  const width = left.fields.length;
  const a = withColumns(
    left,
    keys.map((key) => key.left),
  );
  const b = withColumns(
    right,
    keys.map((key) => key.right),
  );
  const added = a.relation.fields.length - width;
  const others = rest.map((part) => remap(part, (index) => (index < width ? index : index + added)));
  const work = workOf({ leftKeys: a.columns, rightKeys: b.columns, condition: conjunction(others) });
  const joined = step(work, [a.relation, b.relation], left.eventTime);
  const rights = work.type === 'semi' || work.type === 'anti' ? [] : right.fields.map((_, at) => width + added + at);
  const kept = [...left.fields.keys(), ...rights];
  if (kept.length === joined.fields.length) return joined;
  const names = kept.map((index) => joined.fields[index]?.name ?? '');
  return project(
    joined,
    kept.map((index) => columnOf(joined, index)),
    names,
  );
}

interface TimedWork {
  readonly kind: 'interval-join';
  readonly leftTime: number;
  readonly rightTime: number;
  readonly lowerMs: number;
  readonly upperMs: number;
}

/** A join that forgets rows by time: event times that bound each other. `rest`: what is still to be checked. */
function timedWork(
  left: Relation,
  right: Relation,
  type: JoinType,
  conditions: readonly Expression[],
): { readonly work: TimedWork; readonly rest: readonly Expression[] } | undefined {
  if (!isAppendOnly(left) || !isAppendOnly(right)) return undefined;
  if (left.eventTime === undefined || right.eventTime === undefined || type === 'semi' || type === 'anti')
    return undefined;
  const bounds = timeBoundsOf(conditions, left.eventTime, left.fields.length + right.eventTime);
  if (bounds === undefined) return undefined;
  const { lowerMs, upperMs, rest } = bounds;
  return {
    work: { kind: 'interval-join', leftTime: left.eventTime, rightTime: right.eventTime, lowerMs, upperMs },
    rest,
  };
}

interface WindowEnds {
  readonly left: number;
  readonly right: number;
}

/** Rows that meet in a window, when it is over on both sides. */
function windowJoin(
  left: Relation,
  right: Relation,
  type: JoinType,
  conditions: readonly Expression[],
  ends: WindowEnds,
): Relation {
  const [a, b] = [withWindowEnd(left, ends.left), withWindowEnd(right, ends.right)];
  const width = left.fields.length;
  const added = a.relation.fields.length - width;
  const moved = conditions.map((part) => remap(part, (index) => (index < width ? index : index + added)));
  const { keys, rest } = sortConditions(moved, width + added);
  const joined = joinOn(a.relation, b.relation, keys, rest, (common) => {
    return { kind: 'window-join', type, leftWindowEnd: a.end, rightWindowEnd: b.end, ...common };
  });
  const isTimed = type !== 'right' && type !== 'full';
  const whole = isTimed ? joined : { ...joined, eventTime: undefined };
  if (a.relation === left && b.relation === right) return whole;
  const rights = type === 'semi' || type === 'anti' ? [] : right.fields.map((_, at) => width + added + at);
  const kept = [...left.fields.keys(), ...rights];
  const names = kept.map((index) => whole.fields[index]?.name ?? '');
  const columns = kept.map((index) => columnOf(whole, index));
  return project(whole, columns, names);
}

/** The ends of windows that both sides are rows of, where start and end are among the keys. */
function windowEnds(left: Relation, right: Relation, conditions: readonly Expression[]): WindowEnds | undefined {
  if (!isAppendOnly(left) || !isAppendOnly(right)) return undefined;
  if (windowColumnsOf(left).size === 0 || windowColumnsOf(right).size === 0) return undefined;
  const { keys } = sortConditions(conditions, left.fields.length);
  const find = (part: 'start' | 'end') =>
    keys.flatMap((key) => {
      if (key.left.kind !== 'column' || key.right.kind !== 'column') return [];
      const isPart = windowPartOf(left, key.left.index) === part && windowPartOf(right, key.right.index) === part;
      return isPart ? [{ left: key.left.index, right: key.right.index }] : [];
    })[0];
  return find('start') === undefined ? undefined : find('end');
}
