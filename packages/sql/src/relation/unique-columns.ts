import { keepsApart } from '../bind/type-rule.ts';
import { changesRead } from '../connector-options.ts';
import type { Relation, Step } from './relation.ts';
import { layoutOf } from './step-columns.ts';

type Key = readonly number[];

/** More keys than this are not looked at: joins of joins would multiply them. */
const KEYS_MAX = 8;

/**
 * Whether the PRIMARY KEY of a table that only adds rows counts: `declared`, as good as its author's word (NOT ENFORCED); `certain`, only what
 * follows from what steps do.
 */
type Trust = 'certain' | 'declared';

/** Columns that no two rows have in common at any time, of several such keys the shortest. Undefined when none is known. */
export function uniqueColumns(relation: Relation, trust: Trust): Key | undefined {
  const keys = keysOf(relation, trust).filter(({ length }) => length > 0);
  return keys.toSorted((a, b) => a.length - b.length)[0];
}

function keysOf(relation: Relation, trust: Trust): readonly Key[] {
  switch (relation.kind) {
    case 'scan': {
      const { table, columns, changes } = relation;
      // Only where each key's row is remembered and taken back is there one row at most.
      const isKept = changes !== 'append' && changesRead(table) === 'upsert';
      if (!isKept && trust === 'certain') return [];
      const key = table.primaryKey?.map((index) => columns.indexOf(index));
      return key === undefined || key.includes(-1) ? [] : [key];
    }
    case 'filter':
      return keysOf(relation.input, trust);
    case 'project':
      return keysOf(relation.input, trust).flatMap((below) => {
        const places = below.map((index) =>
          relation.expressions.findIndex((expression) => columnBelow(expression) === index),
        );
        return places.includes(-1) ? [] : [places];
      });
    case 'step':
      return keysOfStep(relation, trust).slice(0, KEYS_MAX);
    default:
      return [];
  }
}

function keysOfStep({ work, inputs, fields }: Step, trust: Trust): readonly Key[] {
  const [input, other] = inputs;
  if (input === undefined) return [];
  switch (work.kind) {
    case 'group-aggregate':
      return work.keys.length > 0 ? [[...work.keys.keys()]] : [];
    case 'deduplicate':
    case 'changelog-normalize':
      return [work.keys];
    case 'rank': {
      const place = work.withRank ? [[...work.partition, fields.length - 1]] : [];
      return work.from === work.to ? [work.partition, ...keysOf(input, trust)] : [...keysOf(input, trust), ...place];
    }
    case 'limit':
    case 'temporal-sort':
      return keysOf(input, trust);
    case 'join':
      return other === undefined
        ? []
        : keysOfJoin(
            work,
            [keysOf(input, trust), keysOf(other, trust)],
            [input.fields.length, other.fields.length],
            fields.length,
          );
    default:
      return [];
  }
}

type Join = Extract<Step['work'], { readonly kind: 'join' }>;

/** A side that the other one meets at most once keeps its keys; else both together are one. NULLs of an outer join are no key. */
function keysOfJoin(
  work: Join,
  [lefts, rights]: readonly [readonly Key[], readonly Key[]],
  widths: readonly number[],
  columns: number,
): readonly Key[] {
  if (work.type === 'semi' || work.type === 'anti') return lefts;
  const layout = layoutOf(work, widths, columns);
  const placed = (side: number) => (index: number) =>
    layout.findIndex((column) => 'input' in column && column.input === side && column.index === index);
  const [ofLeft, ofRight] = [lefts.map((key) => key.map(placed(0))), rights.map((key) => key.map(placed(1)))];
  const found: Key[] = [];
  const meetsOnce = (keys: readonly Key[], compared: readonly number[]) =>
    keys.some((key) => key.every((index) => compared.includes(index)));
  if (meetsOnce(rights, work.rightKeys) && (work.type === 'inner' || work.type === 'left')) found.push(...ofLeft);
  if (meetsOnce(lefts, work.leftKeys) && (work.type === 'inner' || work.type === 'right')) found.push(...ofRight);
  if (work.type === 'inner') found.push(...ofLeft.flatMap((a) => ofRight.map((b) => [...new Set([...a, ...b])])));
  return found.filter((key) => !key.includes(-1));
}

/** The column an expression passes on, perhaps in a type in which different values are still different. */
function columnBelow(expression: Extract<Relation, { kind: 'project' }>['expressions'][number]): number | undefined {
  if (expression.kind === 'column') return expression.index;
  if (expression.kind !== 'cast' || !keepsApart(expression.arg.type, expression.type)) return undefined;
  return columnBelow(expression.arg);
}
