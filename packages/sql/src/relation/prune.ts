import { collectColumns, remap } from '@millrace/plan';
import { planName } from '../bind/table-hint.ts';
import { asksWatermark } from './expression-walk.ts';
import { calledAfter } from './meaning.ts';
import {
  filter,
  project,
  type Relation,
  type Step,
  scanColumns,
  type UnionAll,
  unionAll,
  type WindowAggregate,
  type WindowTable,
} from './relation.ts';
import { sessionRows } from './session-rows.ts';
import { makeProject, selectColumns } from './simplify.ts';
import { step } from './step.ts';
import {
  columnsReadBy,
  layoutOf,
  makesEventTime,
  needsEventTime,
  type OutputColumn,
  remapWork,
  trimWork,
} from './step-columns.ts';

/** What all queries of a plan need of one table: column indexes of the table, and whether windows need its watermark. */
interface TableNeeds {
  readonly columns: Set<number>;
  eventTime: boolean;
}

/** What the readers of a shared part need of it. */
interface PartNeeds {
  /** Of its first reader in the text. */
  first: ReadonlySet<number>;
  /** Of all that read the one part: first those of the first reader, so that what it remembers is not moved by the others. */
  readonly columns: Set<number>;
  eventTime: boolean;
  /** The part with these columns; made when it is first read. */
  pruned?: Pruned;
}

/**
 * Drops columns nobody reads, down to the tables. A plan reads a table once, and computes a shared part once: what all
 * queries need is collected first, then each of them gets the same scan, and the same part.
 */
export class Pruning {
  readonly #tables = new Map<string, TableNeeds>();
  readonly #parts: ReadonlyMap<Relation, PartNeeds>;
  #mode: 'collect' | 'use' = 'collect';
  #seen = new Set<Relation>();

  constructor(queries: readonly Relation[], shared: ReadonlySet<Relation>) {
    const needs = (): PartNeeds => ({ first: new Set(), columns: new Set(), eventTime: false });
    this.#parts = new Map([...shared].map((part) => [part, needs()]));
    // What is needed of a part says what is needed of the parts in it: as many rounds as they are deep, then nothing is new.
    for (let before = -1; before !== this.#size; ) {
      before = this.#size;
      this.#seen = new Set();
      for (const query of queries) this.#pruneTo(query, allColumns(query), false);
    }
    this.#mode = 'use';
  }

  /** The query with exactly its columns, reading no more of tables and parts than all of them need. */
  prune(query: Relation): Relation {
    const wanted = allColumns(query);
    return inOrder(this.#pruneTo(query, wanted, false), [...wanted]);
  }

  /** Whether the time of this table's rows is gone by. */
  needsTimeOf(table: string): boolean {
    return this.#tables.get(table)?.eventTime === true;
  }

  get #size(): number {
    const parts = [...this.#parts.values()].map(({ columns, eventTime }) => columns.size + Number(eventTime));
    const tables = [...this.#tables.values()].map(({ columns, eventTime }) => columns.size + Number(eventTime));
    return [...parts, ...tables].reduce((sum, size) => sum + size, 0);
  }

  #pruneTo(relation: Relation, wanted: ReadonlySet<number>, eventTime: boolean): Pruned {
    const part = this.#parts.get(relation);
    if (part === undefined) return this.#pruneWork(relation, new Set(sorted(wanted)), eventTime);
    if (this.#mode === 'collect') return this.#collectPart(relation, part, wanted, eventTime);
    const isCovered = [...wanted].every((index) => part.columns.has(index));
    if (!isCovered) return this.#pruneWork(relation, new Set(sorted(wanted)), eventTime);
    part.pruned ??= this.#prunePart(relation, part);
    return part.pruned;
  }

  /**
   * Calls that one more reader wants are added behind those of the first, and begin with nothing when a job goes on. A step that remembers
   * rows cannot be given more columns of rows it has: a reader that wants others has a step of its own (decisions/0010).
   */
  #collectPart(relation: Relation, part: PartNeeds, wanted: ReadonlySet<number>, eventTime: boolean): Pruned {
    const isFirst = !this.#seen.has(relation);
    this.#seen.add(relation);
    if (isFirst) part.first = new Set(sorted(new Set([...part.first, ...wanted])));
    const isCovered = [...wanted].every((index) => part.columns.has(index));
    if (!isFirst && !isCovered && remembersRows(relation)) return this.#pruneWork(relation, wanted, eventTime);
    for (const index of isFirst ? part.first : sorted(wanted)) part.columns.add(index);
    part.eventTime ||= eventTime;
    return this.#pruneWork(relation, part.columns, part.eventTime);
  }

  /** Called after its first reader, so that an INSERT added behind does not change its id. */
  #prunePart(relation: Relation, { first, columns, eventTime }: PartNeeds): Pruned {
    const pruned = this.#pruneWork(relation, columns, eventTime);
    if (columns.size === first.size) return pruned;
    const alone = this.#pruneWork(relation, first, eventTime).relation;
    return { ...pruned, relation: calledAfter(pruned.relation, alone) };
  }

  #pruneWork(relation: Relation, wanted: ReadonlySet<number>, eventTime: boolean): Pruned {
    switch (relation.kind) {
      case 'scan': {
        const { table, changes } = relation;
        const known = this.#tables.get(planName(table)) ?? { columns: new Set<number>(), eventTime: false };
        this.#tables.set(planName(table), known);
        if (this.#mode === 'collect') {
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
        return {
          relation: scanColumns(relation, columns),
          at: (index) => columns.indexOf(relation.columns[index] ?? -1),
        };
      }
      case 'filter': {
        const below = new Set(wanted);
        collectColumns(relation.predicate, below);
        const withTime = eventTime || asksWatermark(relation.predicate);
        const input = this.#pruneTo(relation.input, below, withTime);
        return { relation: filter(input.relation, remap(relation.predicate, input.at)), at: input.at };
      }
      case 'project': {
        const kept = sorted(wanted);
        const expressions = kept.flatMap((index) => relation.expressions[index] ?? []);
        const below = new Set<number>();
        for (const expression of expressions) collectColumns(expression, below);
        const withTime = eventTime || expressions.some(asksWatermark);
        const input = this.#pruneTo(relation.input, below, withTime);
        const names = kept.map((index) => relation.fields[index]?.name ?? '');
        const moved = expressions.map((expression) => remap(expression, input.at));
        // The width must stay what `at` says, so that an identity is kept where it narrows.
        const narrowed =
          moved.length === 0 ? project(input.relation, [], []) : makeProject(input.relation, moved, names);
        return { relation: narrowed, at: (index) => kept.indexOf(index) };
      }
      case 'union':
        return this.#pruneUnion(relation, wanted, eventTime);
      case 'window':
        return this.#pruneSession(relation, wanted);
      case 'window-aggregate':
        return this.#pruneAggregate(relation, wanted);
      case 'step':
        return this.#pruneStep(relation, wanted, eventTime);
    }
  }

  /** Columns that only pass through and nobody reads are cut off before the step; so is what makes columns nobody wants. `wanted` in the order calls shall have. */
  #pruneStep(relation: Step, wanted: ReadonlySet<number>, eventTime: boolean): Pruned {
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
      const passesTime = eventTime && relation.eventTime !== undefined && !makesEventTime(work);
      return inOrder(this.#pruneTo(input, below[at] ?? new Set(), withTime || passesTime), columns[at] ?? []);
    });
    const move = (input: number, index: number) => columns[input]?.indexOf(index) ?? -1;
    const moved = remapWork(
      work,
      move,
      widths,
      columns.map(({ length }) => length),
    );
    const isFixed = relation.work.kind === 'group-aggregate' || relation.work.kind === 'match';
    const passed = [...layout.keys()].filter((index) => {
      const column = layout[index];
      if (column === undefined || 'own' in column) return false;
      return isFixed || below[column.input]?.has(column.index) === true;
    });
    const made = keptOwn.map((own) => layout.findIndex((column) => 'own' in column && column.own === own));
    const kept = [...passed, ...made];
    const fields = kept.flatMap((index) => relation.fields[index] ?? []);
    const time = relation.eventTime === undefined ? -1 : kept.indexOf(relation.eventTime);
    const pruned = step(moved, inputs, time < 0 ? undefined : time, { fields });
    return { relation: pruned, at: (index) => kept.indexOf(index) };
  }

  /** Sessions remember the columns that are read of their rows, and no others. */
  #pruneSession(relation: WindowTable, wanted: ReadonlySet<number>): Pruned {
    const { timeColumn, partition, fields } = relation;
    const width = relation.input.fields.length;
    const read = sorted(wanted).filter((index) => index < width);
    const below = new Set([...read, ...partition, ...(timeColumn === 'processing' ? [] : [timeColumn])]);
    if (below.size === 0) below.add(0);
    const columns = sorted(below);
    const input = inOrder(this.#pruneTo(relation.input, below, timeColumn !== 'processing'), columns);
    const at = (index: number) => columns.indexOf(index);
    const narrow: WindowTable = {
      ...relation,
      input,
      timeColumn: timeColumn === 'processing' ? timeColumn : at(timeColumn),
      partition: partition.map(at),
      fields: [...input.fields, ...fields.slice(width)],
      eventTime: columns.length + 2,
    };
    const placeOf = (index: number) => (index < width ? read.indexOf(index) : read.length + index - width);
    return { relation: sessionRows(narrow, read.map(at)), at: placeOf };
  }

  #pruneUnion(relation: UnionAll, wanted: ReadonlySet<number>, eventTime: boolean): Pruned {
    const kept = sorted(wanted);
    const inputs = relation.inputs.map((input) => inOrder(this.#pruneTo(input, wanted, eventTime), kept));
    const fields = kept.flatMap((index) => relation.fields[index] ?? []);
    return { relation: unionAll(inputs, fields), at: (index) => kept.indexOf(index) };
  }

  /** Unused calls go, the others stand as they are wanted; columns the aggregate does not read are cut off before they are sent to it. */
  #pruneAggregate(relation: WindowAggregate, wanted: ReadonlySet<number>): Pruned {
    const { keys, calls } = relation;
    const keptCalls = [...wanted].flatMap((index) =>
      calls[index - keys.length] === undefined ? [] : [index - keys.length],
    );
    const { timeColumn } = relation;
    const below = new Set(timeColumn === 'processing' ? keys : [...keys, timeColumn]);
    for (const at of keptCalls) {
      const call = calls[at];
      if (call?.arg !== undefined) collectColumns(call.arg, below);
      if (call?.filter !== undefined) collectColumns(call.filter, below);
    }
    const pruned = this.#pruneTo(relation.input, below, timeColumn !== 'processing');
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
      eventTime: fields.length - 1,
    };
    return { relation: aggregate, at: (index) => keptFields.indexOf(index) };
  }
}

interface Pruned {
  readonly relation: Relation;
  /** Where a column of the old relation is now. */
  readonly at: (index: number) => number;
}

/** Its state holds columns of rows, not only what was made of them. */
function remembersRows(relation: Relation): boolean {
  // The rows of a window table function are a projection of the step that makes them.
  if (relation.kind === 'project') return remembersRows(relation.input);
  if (relation.kind === 'window') return true;
  return relation.kind === 'step' && !REMEMBERS_NO_ROWS.has(relation.work.kind);
}

const REMEMBERS_NO_ROWS: ReadonlySet<string> = new Set(['group-aggregate', 'lookup-join', 'window-assign']);

function allColumns(relation: Relation): ReadonlySet<number> {
  return new Set(relation.fields.keys());
}

function sorted(columns: Iterable<number>): readonly number[] {
  return [...columns].sort((a, b) => a - b);
}

function inOrder(pruned: Pruned, columns: readonly number[]): Relation {
  return selectColumns(pruned.relation, columns.map(pruned.at));
}

function ownOf(column: OutputColumn | undefined): readonly number[] {
  return column !== undefined && 'own' in column ? [column.own] : [];
}
