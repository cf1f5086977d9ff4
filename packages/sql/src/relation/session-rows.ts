import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { columnOf, project, type Relation, type WindowTable } from './relation.ts';
import { step } from './step.ts';

/**
 * The rows of sessions leave when the session has ended, for only then its window is known: they are gathered, and taken apart again. Gives the
 * `wanted` columns of the input, then the window's: others are not remembered.
 */
export function sessionRows(table: WindowTable, wanted: readonly number[]): Relation {
  const { input, timeColumn, window, partition } = table;
  const { fields } = input;
  const packed = packedColumns(table, wanted);
  const row = rowOf(input, packed);
  const withRow = project(
    input,
    [...fields.map((_field, index) => columnOf(input, index)), row],
    [...fields.map(({ name }) => name), 'row'],
  );
  const type: DataType = { kind: 'array', element: row.type, nullable: false };
  const call = { name: 'array_agg', arg: columnOf(withRow, fields.length), filter: undefined, type } as const;
  const time = timeColumn === 'processing' ? PROCESSING_TIME : columnOf(input, timeColumn).type;
  const bounds = ['window_start', 'window_end', 'window_time'].map((name) => ({
    name,
    type: { ...time, nullable: false },
  }));
  const keys = partition.flatMap((index) => fields[index] ?? []);
  const gathered: Relation = {
    kind: 'window-aggregate',
    input: withRow,
    keys: partition,
    timeColumn,
    window,
    calls: [call],
    fields: [...keys, { name: 'rows', type }, ...bounds],
    eventTime: keys.length + 3,
  };
  const collection = columnOf(gathered, keys.length);
  const work = { kind: 'unnest', collection, withOrdinality: false, outer: false } as const;
  const apart = step(work, [gathered], gathered.eventTime);
  const placeOf = (index: number) => {
    const key = partition.indexOf(index);
    return key >= 0 ? key : gathered.fields.length + packed.indexOf(index);
  };
  const given = [...wanted, ...[0, 1, 2].map((part) => fields.length + part)];
  const places = [...wanted.map(placeOf), ...[1, 2, 3].map((at) => keys.length + at)];
  return project(
    apart,
    places.map((place, at) => inType(columnOf(apart, place), table.fields[given[at] ?? 0]?.type)),
    given.map((index) => table.fields[index]?.name ?? ''),
  );
}

const PROCESSING_TIME: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: false };

/** What the keys do not tell; a row has at least one column. */
function packedColumns({ partition }: WindowTable, wanted: readonly number[]): readonly number[] {
  const others = wanted.filter((index) => !partition.includes(index));
  return others.length > 0 ? others : [0];
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
