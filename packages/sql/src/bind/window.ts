import type { DataType, Field } from '@millrace/model';
import type { TimeRef, WindowSpec } from '@millrace/plan';
import type { Expr, Name } from '../ast.ts';
import type { Fix, Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { columnOf, type Relation, type WindowTable } from '../relation/relation.ts';
import { isForgottenByJoin, timeAt } from '../relation/time.ts';
import type { Span } from '../source-text.ts';
import { bindExpression } from './expression.ts';
import { type Scope, unknownColumn } from './scope.ts';
import { addPart, quotedName } from './table.ts';
import { isTimestamp } from './type-rule.ts';

export type WindowFunction = 'TUMBLE' | 'HOP' | 'CUMULATE' | 'SESSION';

/** What window_time is over processing time. */
export const PROCESSING_TIME_TYPE: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: false };

export function windowFunctionOf(name: string): WindowFunction | undefined {
  return (['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'] as const).find((known) => known === name.toUpperCase());
}

const PARTS: Record<WindowFunction, readonly string[]> = {
  TUMBLE: ['size'],
  HOP: ['slide', 'size'],
  CUMULATE: ['step', 'size'],
  SESSION: ['gap'],
};

/** The intervals of a window, `offset` last and optional. Flink's conditions on them are checked. */
export function bindWindowSpec(
  name: WindowFunction,
  intervals: readonly Expr[],
  span: Span,
  report: Report,
): WindowSpec | undefined {
  const parts = PARTS[name];
  const most = name === 'SESSION' ? parts.length : parts.length + 1;
  if (intervals.length < parts.length || intervals.length > most) {
    const takes =
      name === 'SESSION' ? 'the interval gap' : `the intervals ${parts.join(', ')} and optionally an offset`;
    const message = `${name} takes ${takes}, not ${intervals.length}.`;
    return report.error('sql.wrong-arguments', span, message);
  }
  const bound = intervals.map((interval) => millisecondsOf(interval, report));
  const [first, second] = bound;
  const offsetMs = intervals.length > parts.length ? bound[parts.length] : 0;
  if (first === undefined || offsetMs === undefined) return undefined;
  for (const [at, part] of parts.entries()) {
    const value = bound[at];
    if (value === undefined) return undefined;
    if (value <= 0)
      return report.error('sql.invalid-window', intervals[at] ?? span, `The ${part} of ${name} is greater than zero.`);
  }
  if (name === 'SESSION') return { kind: 'session', gapMs: first };
  if (name === 'TUMBLE') return { kind: 'tumble', sizeMs: first, offsetMs };
  if (second === undefined) return undefined;
  if (second % first !== 0) {
    const message = `The size of ${name} is a multiple of its ${parts[0]}: ${second} ms is not one of ${first} ms.`;
    return report.error('sql.invalid-window', intervals[1] ?? span, message);
  }
  if (name === 'HOP') return { kind: 'hop', slideMs: first, sizeMs: second, offsetMs };
  return { kind: 'cumulate', stepMs: first, maxSizeMs: second, offsetMs };
}

function millisecondsOf(expr: Expr, report: Report): number | undefined {
  const nothing: Scope = { relation: undefined, qualifier: undefined, broken: new Set() };
  const bound = bindExpression(expr, { scope: nothing, report });
  if (bound === undefined) return undefined;
  if (bound.kind === 'literal' && bound.type.kind === 'interval' && bound.type.unit === 'milliseconds')
    return Number(bound.value);
  return report.error(
    'sql.invalid-window',
    expr,
    "The length of a window is an INTERVAL of days or less: INTERVAL '1' MINUTE.",
  );
}

/** The column a window is made on: the event-time attribute, or one that PROCTIME() gives. */
export function timeColumnOf(name: Name, input: Relation, report: Report): TimeRef | undefined {
  const index = input.fields.findIndex((field) => field.name === name.text);
  if (index < 0)
    return unknownColumn(
      name,
      input.fields.map((field) => field.name),
      report,
    );
  return timeOfColumn(index, name, input, report);
}

/** The time that column `index` stands for; `name` is how it is written, `current` how the event time is. Undefined after a report. */
export function timeOfColumn(
  index: number,
  name: Name,
  input: Relation,
  report: Report,
  current = input.eventTime === undefined ? undefined : input.fields[input.eventTime]?.name,
): TimeRef | undefined {
  const time = timeAt(input, index);
  if (time !== undefined) return time;
  if (isForgottenByJoin(input, index)) {
    const message = `${name.text} is no event time after a join without bounds in time: add to ON that the times of both sides lie near each other, BETWEEN other - INTERVAL '1' HOUR AND other + INTERVAL '1' HOUR.`;
    return report.error('sql.invalid-window', name, message);
  }
  if (!isAppendOnly(input)) {
    const message = `A window gives its rows once, and this input takes rows back: ${name.text} is no event time here. Group without a window, or read the records as they come ('connector' = 'kafka').`;
    return report.error('sql.invalid-window', name, message);
  }
  const remedy =
    current === undefined
      ? `declare WATERMARK FOR ${name.text} AS ${name.text} - INTERVAL '5' SECOND in the table and pass the column on unchanged`
      : `use ${current}`;
  const fix =
    current === undefined
      ? addWatermark(index, input)
      : { title: `Change to ${current}`, insert: current, ...spanOf(name) };
  return report.error('sql.invalid-window', name, `${name.text} is not the event-time column: ${remedy}.`, fix);
}

/** The edit that makes a column the event time of the table it comes from unchanged. */
function addWatermark(index: number, relation: Relation): Fix | undefined {
  if (relation.kind === 'filter') return addWatermark(index, relation.input);
  if (relation.kind === 'project') {
    const expression = relation.expressions[index];
    return expression?.kind === 'column' ? addWatermark(expression.index, relation.input) : undefined;
  }
  if (relation.kind !== 'scan' || relation.table.watermark !== undefined) return undefined;
  const column = relation.table.columns[relation.columns[index] ?? -1];
  if (column === undefined || !isTimestamp(column.type)) return undefined;
  const name = quotedName(column.name);
  return addPart(relation.table, `WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND`);
}

export function spanOf({ from, to }: Span): Span {
  return { from, to };
}

/** Rows with the windows they are in. */
export function windowTable(
  input: Relation,
  timeColumn: TimeRef,
  window: WindowSpec,
  partition: readonly number[],
): WindowTable {
  const time = timeColumn === 'processing' ? PROCESSING_TIME_TYPE : columnOf(input, timeColumn).type;
  const fields = [...input.fields, ...windowFields(time)];
  return { kind: 'window', input, timeColumn, window, partition, fields, eventTime: fields.length - 1 };
}

/** Flink's names and types: start and end are TIMESTAMP(3), window_time has the kind of the event time. */
export function windowFields(eventTime: DataType): readonly Field[] {
  const bound: DataType = { kind: 'timestamp', precision: 3, nullable: false };
  return [
    { name: 'window_start', type: bound },
    { name: 'window_end', type: bound },
    { name: 'window_time', type: { ...eventTime, nullable: false } },
  ];
}
