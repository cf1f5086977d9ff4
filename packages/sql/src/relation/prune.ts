import { collectColumns, remap } from '@millrace/plan';
import {
  filter,
  project,
  type Relation,
  type Step,
  scan,
  type UnionAll,
  unionAll,
  type WindowAggregate,
} from './relation.ts';
import { makeProject, selectColumns } from './simplify.ts';
import { step } from './step.ts';
import { columnsReadBy, layoutOf, needsEventTime, type OutputColumn, remapWork, trimWork } from './step-columns.ts';

/** What all queries of a plan need of one table: column indexes of the table, and whether windows need its watermark. */
interface TableNeeds {
  readonly columns: Set<number>;
  eventTime: boolean;
}
export type Needs = Map<string, TableNeeds>;

/**
 * Drops columns nobody reads, down to the tables. A plan reads a table once: `collectNeeds` runs over every
 * query first, then `prune` gives each of them the same scan.
 */
export function collectNeeds(relation: Relation, needs: Needs): void {
  pruneTo(relation, allColumns(relation), false, needs, 'collect');
}

/** The relation with exactly its columns, reading no more of each table than `needs` says. */
export function prune(relation: Relation, needs: Needs): Relation {
  const wanted = allColumns(relation);
  const pruned = pruneTo(relation, wanted, false, needs, 'use');
  return inOrder(pruned, [...wanted]);
}

interface Pruned {
  readonly relation: Relation;
  /** Where a column of the old relation is now. */
  readonly at: (index: number) => number;
}

function allColumns(relation: Relation): ReadonlySet<number> {
  return new Set(relation.fields.keys());
}

function sorted(columns: Iterable<number>): readonly number[] {
  return [...columns].sort((a, b) => a - b);
}

function inOrder(pruned: Pruned, columns: readonly number[]): Relation {
  return selectColumns(pruned.relation, columns.map(pruned.at));
}

function pruneTo(
  relation: Relation,
  wanted: ReadonlySet<number>,
  eventTime: boolean,
  needs: Needs,
  mode: 'collect' | 'use',
): Pruned {
  switch (relation.kind) {
    case 'scan': {
      const { table, changes } = relation;
      const known = needs.get(table.name) ?? { columns: new Set<number>(), eventTime: false };
      needs.set(table.name, known);
      if (mode === 'collect') {
        for (const index of wanted) known.columns.add(relation.columns[index] ?? 0);
        if (changes !== 'append') for (const index of table.primaryKey ?? []) known.columns.add(index);
        known.eventTime ||= eventTime;
        if (eventTime && table.watermark !== undefined) {
          known.columns.add(table.watermark.column);
          if (table.watermark.expression !== undefined) collectColumns(table.watermark.expression, known.columns);
        }
        // Rows without any column cannot be told apart from no rows.
        if (known.columns.size === 0) known.columns.add(0);
      }
      const columns = sorted(known.columns);
      return { relation: scan(table, columns, changes), at: (index) => columns.indexOf(relation.columns[index] ?? -1) };
    }
    case 'filter': {
      const below = new Set(wanted);
      collectColumns(relation.predicate, below);
      const input = pruneTo(relation.input, below, eventTime, needs, mode);
      return { relation: filter(input.relation, remap(relation.predicate, input.at)), at: input.at };
    }
    case 'project': {
      const kept = sorted(wanted);
      const expressions = kept.flatMap((index) => relation.expressions[index] ?? []);
      const below = new Set<number>();
      for (const expression of expressions) collectColumns(expression, below);
      const input = pruneTo(relation.input, below, eventTime, needs, mode);
      const names = kept.map((index) => relation.fields[index]?.name ?? '');
      const moved = expressions.map((expression) => remap(expression, input.at));
      // The width must stay what `at` says, so that an identity is kept where it narrows.
      const narrowed = moved.length === 0 ? project(input.relation, [], []) : makeProject(input.relation, moved, names);
      return { relation: narrowed, at: (index) => kept.indexOf(index) };
    }
    case 'union':
      return pruneUnion(relation, wanted, eventTime, needs, mode);
    case 'window':
      throw new Error('a window table function was not made a step by simplify');
    case 'window-aggregate':
      return pruneAggregate(relation, wanted, needs, mode);
    case 'step':
      return pruneStep(relation, wanted, eventTime, needs, mode);
  }
}

/** Columns that only pass through and nobody reads are cut off before the step; so is what makes columns nobody wants. */
function pruneStep(
  relation: Step,
  wanted: ReadonlySet<number>,
  eventTime: boolean,
  needs: Needs,
  mode: 'collect' | 'use',
): Pruned {
  const widths = relation.inputs.map(({ fields }) => fields.length);
  const layout = layoutOf(relation.work, widths, relation.fields.length);
  const ownColumns = layout.filter((column) => 'own' in column).length;
  const wantedOwn = new Set([...wanted].flatMap((index) => ownOf(layout[index])));
  const [work, keptOwn] = trimWork(relation.work, wantedOwn, ownColumns, widths[0] ?? 0);
  const below = columnsReadBy(work, widths);
  for (const index of wanted) {
    const column = layout[index];
    if (column !== undefined && 'input' in column) below[column.input]?.add(column.index);
  }
  const withTime = needsEventTime(work);
  const columns = below.map(sorted);
  const inputs = relation.inputs.map((input, at) => {
    const passesTime = eventTime && relation.eventTime !== undefined;
    return inOrder(pruneTo(input, below[at] ?? new Set(), withTime || passesTime, needs, mode), columns[at] ?? []);
  });
  const move = (input: number, index: number) => columns[input]?.indexOf(index) ?? -1;
  const moved = remapWork(
    work,
    move,
    widths,
    columns.map(({ length }) => length),
  );
  const isFixed = relation.work.kind === 'group-aggregate' || relation.work.kind === 'match';
  const kept = [...layout.keys()].filter((index) => {
    const column = layout[index];
    if (column === undefined) return false;
    if ('own' in column) return keptOwn.includes(column.own);
    return isFixed || below[column.input]?.has(column.index) === true;
  });
  const fields = kept.flatMap((index) => relation.fields[index] ?? []);
  const time = relation.eventTime === undefined ? -1 : kept.indexOf(relation.eventTime);
  const pruned = step(moved, inputs, time < 0 ? undefined : time, { fields });
  return { relation: pruned, at: (index) => kept.indexOf(index) };
}

function ownOf(column: OutputColumn | undefined): readonly number[] {
  return column !== undefined && 'own' in column ? [column.own] : [];
}

function pruneUnion(
  relation: UnionAll,
  wanted: ReadonlySet<number>,
  eventTime: boolean,
  needs: Needs,
  mode: 'collect' | 'use',
): Pruned {
  const kept = sorted(wanted);
  const inputs = relation.inputs.map((input) => inOrder(pruneTo(input, wanted, eventTime, needs, mode), kept));
  const fields = kept.flatMap((index) => relation.fields[index] ?? []);
  return { relation: unionAll(inputs, fields), at: (index) => kept.indexOf(index) };
}

/** Unused calls go; columns the aggregate does not read are cut off before they are sent to it. */
function pruneAggregate(
  relation: WindowAggregate,
  wanted: ReadonlySet<number>,
  needs: Needs,
  mode: 'collect' | 'use',
): Pruned {
  const { keys, calls } = relation;
  const keptCalls = calls.map((_, at) => at).filter((at) => wanted.has(keys.length + at));
  const { timeColumn } = relation;
  const below = new Set(timeColumn === 'processing' ? keys : [...keys, timeColumn]);
  for (const at of keptCalls) {
    const call = calls[at];
    if (call?.arg !== undefined) collectColumns(call.arg, below);
    if (call?.filter !== undefined) collectColumns(call.filter, below);
  }
  const pruned = pruneTo(relation.input, below, timeColumn !== 'processing', needs, mode);
  const columns = sorted(below);
  const input = inOrder(pruned, columns);
  const at = (index: number) => columns.indexOf(index);
  const moved = keptCalls
    .flatMap((call) => calls[call] ?? [])
    .map((call) => ({
      ...call,
      arg: call.arg && remap(call.arg, at),
      filter: call.filter && remap(call.filter, at),
    }));
  const keptFields = [
    ...keys.keys(),
    ...keptCalls.map((call) => keys.length + call),
    ...[0, 1, 2].map((part) => keys.length + calls.length + part),
  ];
  const fields = keptFields.flatMap((index) => relation.fields[index] ?? []);
  const aggregate: WindowAggregate = {
    ...relation,
    input,
    keys: keys.map(at),
    timeColumn: timeColumn === 'processing' ? timeColumn : at(timeColumn),
    calls: moved,
    fields,
    eventTime: timeColumn === 'processing' ? undefined : fields.length - 1,
  };
  return { relation: aggregate, at: (index) => keptFields.indexOf(index) };
}
