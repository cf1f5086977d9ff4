import type { DataType, Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { comparable } from '../bind/comparable.ts';
import { columnOf, project, type Relation, type WindowAggregate, type WindowTable } from './relation.ts';
import { step } from './step.ts';

/**
 * The rows of sessions leave when the session has ended, for only then its window is known: they are gathered, and taken apart again. Gives the
 * `wanted` columns of the input, then the window's: others are not remembered.
 */
export function sessionRows(table: WindowTable, wanted: readonly number[]): Relation {
  const { input, partition } = table;
  const isKey = (index: number) => partition.includes(index) && toldByKey(columnOf(input, index));
  const others = wanted.filter((index) => !isKey(index));
  // A row has at least one column.
  const packed = others.length > 0 ? others : [0];
  const gathered = gather(table, packed);
  const collection = columnOf(gathered, partition.length);
  const work = { kind: 'unnest', collection, withOrdinality: false, outer: false } as const;
  const apart = step(work, [gathered], gathered.eventTime);
  const first = gathered.fields.length;
  const placeOf = (index: number) => (isKey(index) ? partition.indexOf(index) : first + packed.indexOf(index));
  const places = [...wanted.map(placeOf), ...[1, 2, 3].map((at) => partition.length + at)];
  const given = [...wanted.flatMap((index) => input.fields[index] ?? []), ...table.fields.slice(-3)];
  return project(
    apart,
    places.map((place, at) => inType(columnOf(apart, place), given[at]?.type)),
    given.map(({ name }) => name),
  );
}

/** One row per session: its keys, the packed columns of its rows, its window. */
function gather({ input, timeColumn, window, partition }: WindowTable, packed: readonly number[]): WindowAggregate {
  const keys = partition.map((index) => comparable(columnOf(input, index)));
  const time = timeColumn === 'processing' ? [] : [columnOf(input, timeColumn)];
  const row = rowOf(input, packed);
  const named = (index: number) => input.fields[index]?.name ?? '';
  const timeNames = timeColumn === 'processing' ? [] : [named(timeColumn)];
  const rows = project(input, [...keys, ...time, row], [...partition.map(named), ...timeNames, 'row']);
  const type: DataType = { kind: 'array', element: row.type, nullable: false };
  const arg = columnOf(rows, rows.fields.length - 1);
  const bound: DataType = { ...(time[0]?.type ?? PROCESSING_TIME), nullable: false };
  const bounds = ['window_start', 'window_end', 'window_time'].map((name): Field => ({ name, type: bound }));
  const fields = [...rows.fields.slice(0, partition.length), { name: 'rows', type }, ...bounds];
  return {
    kind: 'window-aggregate',
    input: rows,
    keys: [...partition.keys()],
    timeColumn: timeColumn === 'processing' ? timeColumn : partition.length,
    window,
    calls: [{ name: 'array_agg', arg, filter: undefined, type }],
    fields,
    eventTime: fields.length - 1,
  };
}

const PROCESSING_TIME: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: false };

/** An ARRAY, MAP or ROW has a text for its key. */
function toldByKey(column: Expression): boolean {
  return comparable(column) === column;
}

function rowOf(input: Relation, columns: readonly number[]): Expression {
  const fields = columns.flatMap((index) => input.fields[index] ?? []);
  const args = columns.map((index) => columnOf(input, index));
  return { kind: 'call', name: 'row', args, type: { kind: 'row', fields, nullable: false } };
}

/** Start and end as the TIMESTAMP(3) Flink makes of them. */
function inType(column: Expression, type: DataType | undefined): Expression {
  return type === undefined || column.type.kind === type.kind
    ? column
    : { kind: 'cast', arg: column, safe: false, type };
}
