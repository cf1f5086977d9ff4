import { conjunction, conjuncts, type Expression, substitute } from '@millrace/plan';
import { exactValueOf, integerLiteral } from '../bind/literal.ts';
import { columnOf, filter, inputsOf, project, type Relation, type Step } from './relation.ts';
import { step, type WorkOf } from './step.ts';
import { timeAt } from './time.ts';

/** The last place of a ROW_NUMBER() whose WHERE is not known yet. */
export const OPEN_RANK_END = Number.MAX_SAFE_INTEGER;

type RankStep = Step & { readonly work: WorkOf<'rank'> };

/**
 * A WHERE above rows that carry ROW_NUMBER(): conditions on the number become the bounds of the ranking (Top-N), ranking 1 by
 * time becomes a deduplication. What is left stays a filter.
 */
export function applyWhere(relation: Relation, predicate: Expression): Relation {
  let narrowed = relation;
  const rest: Expression[] = [];
  for (const part of conjuncts(predicate)) {
    const next = narrow(narrowed, part);
    if (next === undefined) rest.push(part);
    else narrowed = next;
  }
  const closed = narrowed === relation ? relation : mapRank(narrowed, deduplicated);
  const left = conjunction(rest);
  return left === undefined ? closed : filter(closed, left);
}

/** The relation with the ranking below narrowed by one condition; undefined when the condition is about something else. */
function narrow(relation: Relation, predicate: Expression): Relation | undefined {
  switch (relation.kind) {
    case 'project': {
      const below = substitute(predicate, (index) => relation.expressions[index] ?? columnOf(relation, index));
      const input = narrow(relation.input, below);
      return input && project(input, relation.expressions, namesOf(relation));
    }
    case 'filter': {
      const input = narrow(relation.input, predicate);
      return input && filter(input, relation.predicate);
    }
    case 'step': {
      if (!isRank(relation)) return undefined;
      const bounds = boundsOf(predicate, relation.fields.length - 1);
      if (bounds === undefined) return undefined;
      const from = Math.max(relation.work.from, bounds.from);
      const to = Math.min(relation.work.to, bounds.to);
      // No place is left: a condition that is never true.
      if (from > to) return undefined;
      return rankOf({ ...relation.work, from, to }, relation);
    }
    default:
      return undefined;
  }
}

function isRank(relation: Relation): relation is RankStep {
  return relation.kind === 'step' && relation.work.kind === 'rank' && relation.work.withRank;
}

function rankOf(work: WorkOf<'rank'>, { inputs, fields }: Step): Relation {
  // The final rows of a window are INSERTs, so the time may go on.
  const eventTime = work.windowEnd === undefined ? undefined : inputs[0]?.eventTime;
  return step(work, inputs, eventTime, { fields });
}

interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** rn <= 10, 10 >= rn, rn = 1, rn > 2. */
function boundsOf(predicate: Expression, rank: number): Bounds | undefined {
  if (predicate.kind !== 'call' || predicate.args.length !== 2) return undefined;
  const [left, right] = predicate.args;
  if (left === undefined || right === undefined) return undefined;
  const mirrored = isColumn(right, rank);
  if (!mirrored && !isColumn(left, rank)) return undefined;
  const exact = exactValueOf(mirrored ? left : right);
  if (exact === undefined || exact.scale !== 0) return undefined;
  const value = Number(exact.unscaled);
  switch (mirrored ? (MIRRORED[predicate.name] ?? predicate.name) : predicate.name) {
    case '=':
      return { from: value, to: value };
    case '<=':
      return { from: 1, to: value };
    case '<':
      return { from: 1, to: value - 1 };
    case '>=':
      return { from: value, to: OPEN_RANK_END };
    case '>':
      return { from: value + 1, to: OPEN_RANK_END };
    default:
      return undefined;
  }
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function isColumn(expression: Expression, index: number): boolean {
  const inner = expression.kind === 'cast' && !expression.safe ? expression.arg : expression;
  return inner.kind === 'column' && inner.index === index;
}

function namesOf(relation: Relation): readonly string[] {
  return relation.fields.map(({ name }) => name);
}

function mapRank(relation: Relation, change: (rank: RankStep) => Relation): Relation {
  switch (relation.kind) {
    case 'project':
      return project(mapRank(relation.input, change), relation.expressions, namesOf(relation));
    case 'filter':
      return filter(mapRank(relation.input, change), relation.predicate);
    default:
      return isRank(relation) ? change(relation) : relation;
  }
}

/** The first or last row per key by time, with 1 for its number; other rankings stay. */
function deduplicated(rank: RankStep): Relation {
  const { work, inputs } = rank;
  const [input] = inputs;
  const [order, ...more] = work.order;
  if (input === undefined || order === undefined || more.length > 0 || work.windowEnd !== undefined) return rank;
  const time = work.from === 1 && work.to === 1 ? timeAt(input, order.column) : undefined;
  if (time === undefined) return rank;
  const keep = order.descending ? 'last' : 'first';
  const isAppend = keep === 'first' && time === 'processing';
  const rows = step(
    { kind: 'deduplicate', keys: work.partition, time, keep },
    [input],
    isAppend ? input.eventTime : undefined,
  );
  const columns = rows.fields.map((_, index) => columnOf(rows, index));
  return project(rows, [...columns, integerLiteral(1n, 'bigint')], namesOf(rank));
}

/**
 * ROW_NUMBER() that no WHERE bounds: numbered in order of time it is a count of the rows so far; in any other order the numbers of
 * all rows would change with each new one. Undefined when such a ranking is left.
 */
export function closeRanks(relation: Relation): Relation | undefined {
  const inputs = inputsOf(relation).map(closeRanks);
  const known = inputs.filter((input) => input !== undefined);
  if (known.length < inputs.length) return undefined;
  const closed = withInputs(relation, known);
  if (!isRank(closed) || closed.work.to !== OPEN_RANK_END) return closed;
  const [input] = closed.inputs;
  const [order, ...more] = closed.work.order;
  const time = input && order && more.length === 0 && !order.descending ? timeAt(input, order.column) : undefined;
  if (input === undefined || time === undefined || closed.work.from !== 1) return undefined;
  const { partition } = closed.work;
  const count = {
    name: 'count',
    arg: undefined,
    filter: undefined,
    type: { kind: 'bigint', nullable: false },
  } as const;
  const frame = { kind: 'rows', preceding: 'unbounded' } as const;
  return step({ kind: 'over-aggregate', partition, time, frame, calls: [count] }, [input], input.eventTime, {
    fields: closed.fields,
  });
}

function withInputs(relation: Relation, inputs: readonly Relation[]): Relation {
  const [first] = inputs;
  if (inputs.every((input, at) => input === inputsOf(relation)[at])) return relation;
  if (relation.kind === 'union' || relation.kind === 'step') return { ...relation, inputs };
  return relation.kind === 'scan' || first === undefined ? relation : { ...relation, input: first };
}
