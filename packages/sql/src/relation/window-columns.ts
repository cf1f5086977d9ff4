import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { Relation, Step, WindowAggregate } from './relation.ts';

export type WindowPart = 'start' | 'end' | 'time';
const PARTS: readonly WindowPart[] = ['start', 'end', 'time'];

/** The columns that tell the window of a row, by index. */
export type WindowColumns = ReadonlyMap<number, WindowPart>;

const NONE: WindowColumns = new Map();
const known = new WeakMap<Relation, WindowColumns>();

/**
 * The columns of a relation that are a bound of the window its row belongs to, passed on unchanged (or cast between TIMESTAMP kinds). Where
 * there are any, all rows of a window are there when the watermark passes its end, so that what is made of a whole window can be given out
 * for good. A regular join has none: its rows come whenever the other side does.
 */
export function windowColumnsOf(relation: Relation): WindowColumns {
  const columns = known.get(relation) ?? derive(relation);
  known.set(relation, columns);
  return columns;
}

export function windowPartOf(relation: Relation, index: number): WindowPart | undefined {
  return windowColumnsOf(relation).get(index);
}

function derive(relation: Relation): WindowColumns {
  switch (relation.kind) {
    case 'scan':
      return NONE;
    case 'filter':
      return windowColumnsOf(relation.input);
    case 'window':
      return new Map(lastColumns(relation));
    case 'window-aggregate':
      return new Map([...startKeys(relation), ...lastColumns(relation)]);
    case 'union':
      return sharedBy(relation.inputs.map(windowColumnsOf));
    case 'project': {
      const below = windowColumnsOf(relation.input);
      return numbered(relation.expressions.map((expression) => partOf(expression, below)));
    }
    case 'step':
      return columnsOfStep(relation);
  }
}

function lastColumns({ fields }: Relation): [number, WindowPart][] {
  return PARTS.map((part, at) => [fields.length - PARTS.length + at, part]);
}

/** Where rows carry their windows, the start of a group's window is one of its keys. */
function startKeys({ input, keys }: WindowAggregate): [number, WindowPart][] {
  const below = windowColumnsOf(input);
  return [...keys.entries()].flatMap(([at, key]) => (below.get(key) === 'start' ? [[at, 'start']] : []));
}

function columnsOfStep(relation: Step): WindowColumns {
  const { work, inputs } = relation;
  const [left, right] = inputs;
  const lefts = left === undefined ? NONE : windowColumnsOf(left);
  switch (work.kind) {
    case 'window-assign':
      return new Map(lastColumns(relation));
    case 'unnest':
    case 'over-aggregate':
    case 'lookup-join':
      return lefts;
    case 'rank':
      return work.windowEnd === undefined ? NONE : lefts;
    case 'window-join': {
      // NULL stands for the window of a side where an outer join has no partner.
      const ofLeft = work.type === 'right' || work.type === 'full' ? [] : [...lefts];
      const isBoth = work.type === 'inner' || work.type === 'right';
      const width = left?.fields.length ?? 0;
      const rights = isBoth && right !== undefined ? [...windowColumnsOf(right)] : [];
      return new Map([...ofLeft, ...rights.map(([at, part]): [number, WindowPart] => [width + at, part])]);
    }
    default:
      return NONE;
  }
}

function partOf(expression: Expression, below: WindowColumns): WindowPart | undefined {
  if (expression.kind === 'column') return below.get(expression.index);
  const isPassed = expression.kind === 'cast' && !expression.safe && isExactTime(expression.type);
  return isPassed && expression.arg.kind === 'column' ? below.get(expression.arg.index) : undefined;
}

function isExactTime(type: DataType): boolean {
  return (type.kind === 'timestamp' || type.kind === 'timestamp_ltz') && type.precision >= 3;
}

function sharedBy(all: readonly WindowColumns[]): WindowColumns {
  const [first = NONE, ...others] = all;
  return new Map([...first].filter(([at, part]) => others.every((columns) => columns.get(at) === part)));
}

function numbered(parts: readonly (WindowPart | undefined)[]): WindowColumns {
  return new Map([...parts.entries()].flatMap(([at, part]) => (part === undefined ? [] : [[at, part] as const])));
}
