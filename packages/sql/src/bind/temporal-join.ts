import type { Expression } from '@millrace/plan';
import type { JoinTable, NamedTable } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { remap } from '../relation/expression-walk.ts';
import type { Relation } from '../relation/relation.ts';
import { besides, bindJoinConditions, type FilledScope, joinedScope } from './join.ts';
import { type JoinKey, sortConditions } from './join-condition.ts';
import { joinOn } from './join-relation.ts';
import { findColumn } from './scope.ts';

/** What makes a relation a versioned table: one row per key at every moment. */
interface Versions {
  readonly key: readonly number[];
  readonly time: number;
}

/** left JOIN table FOR SYSTEM_TIME AS OF left.rowtime ON left.k = table.key: the row of the table as it was then. */
export function bindTemporalJoin(
  ref: JoinTable,
  table: NamedTable,
  left: FilledScope,
  right: FilledScope,
  report: Report,
): FilledScope | undefined {
  const type = asOfJoinType(ref, report);
  if (type === undefined) return undefined;
  if (!isTimeOfLeft(table, left, report)) return undefined;
  const versions = versionsOf(right.relation);
  if (versions === undefined) {
    const message = `${table.name.text} has no versions: FOR SYSTEM_TIME AS OF needs a table with PRIMARY KEY (...) NOT ENFORCED and a WATERMARK.`;
    return report.error('sql.invalid-table', table.name, message);
  }
  const both = besides(left, right, ref, report);
  const conditions = both && bindJoinConditions(ref, left, right, both, report);
  if (both === undefined || conditions === undefined) return undefined;
  const { keys } = sortConditions(conditions, left.relation.fields.length);
  const missing = versions.key.filter((column) => keyOn(column, keys) === undefined);
  if (missing.length > 0) {
    const names = missing.map((column) => right.relation.fields[column]?.name).join(', ');
    const message = `A join FOR SYSTEM_TIME AS OF compares the whole primary key of ${table.name.text}: add ${names} to ON.`;
    return report.error('sql.type-mismatch', ref.on ?? ref, message);
  }
  return joinedScope(both, left, right, type, conditions, (a, b, all) => temporalJoin(a, b, type, all, versions), {
    isVersioned: true,
  });
}

/** Every row of the left side looks at the table as it is or was: only that side can be kept whole. Undefined after a report. */
export function asOfJoinType({ type, joinSpan }: JoinTable, report: Report): 'inner' | 'left' | undefined {
  if (type === 'inner' || type === 'left') return type;
  const message = `A join FOR SYSTEM_TIME AS OF is JOIN or LEFT JOIN, not ${type.toUpperCase()} JOIN.`;
  return report.error('sql.unsupported', joinSpan, message);
}

function temporalJoin(
  left: Relation,
  right: Relation,
  type: 'inner' | 'left',
  conditions: readonly Expression[],
  versions: Versions,
): Relation {
  const width = left.fields.length;
  const { keys, rest } = sortConditions(conditions, width);
  const joinKeys = versions.key.flatMap((column) => keyOn(column, keys) ?? []);
  const others = keys.filter((key) => !joinKeys.includes(key)).map((key) => equality(key, width));
  return joinOn(left, right, joinKeys, [...rest, ...others], (common) => ({
    kind: 'temporal-join',
    type,
    ...common,
    leftTime: left.eventTime ?? 0,
    rightTime: versions.time,
  }));
}

function keyOn(column: number, keys: readonly JoinKey[]): JoinKey | undefined {
  return keys.find(({ right }) => right.kind === 'column' && right.index === column);
}

function equality({ left, right }: JoinKey, width: number): Expression {
  const args = [left, remap(right, (index) => index + width)];
  const nullable = args.some((arg) => arg.type.nullable);
  return { kind: 'call', name: '=', args, type: { kind: 'boolean', nullable } };
}

function isTimeOfLeft({ asOf }: NamedTable, left: FilledScope, report: Report): boolean {
  if (asOf === undefined) return false;
  const { expr } = asOf;
  if (expr.kind === 'call') {
    const message =
      'FOR SYSTEM_TIME AS OF takes PROCTIME(), for the rows a table has when it is asked, or the event time of the left side.';
    report.error('sql.invalid-table', expr, message);
    return false;
  }
  const { eventTime, fields } = left.relation;
  const found = expr.kind === 'column' ? findColumn(expr, left) : undefined;
  if (eventTime !== undefined && found?.index === eventTime && expr.kind === 'column') {
    if (expr.path.length === found.taken) return true;
  }
  const remedy =
    eventTime === undefined
      ? 'the left side has none: declare a WATERMARK in its table, or write PROCTIME() for the rows a table has when it is asked'
      : `write ${fields[eventTime]?.name}`;
  report.error('sql.invalid-table', expr, `FOR SYSTEM_TIME AS OF takes the event time of the left side; ${remedy}.`);
  return false;
}

/** The key and the time of the versions a relation has: a table with PRIMARY KEY and WATERMARK, or the last row per key of a stream. */
function versionsOf(relation: Relation): Versions | undefined {
  switch (relation.kind) {
    case 'scan': {
      const { primaryKey, watermark } = relation.table;
      if (primaryKey === undefined || watermark === undefined) return undefined;
      return moved({ key: primaryKey, time: watermark.column }, (column) => relation.columns.indexOf(column));
    }
    case 'filter':
      return versionsOf(relation.input);
    case 'project': {
      const below = versionsOf(relation.input);
      const at = (column: number) =>
        relation.expressions.findIndex((expression) => expression.kind === 'column' && expression.index === column);
      return below && moved(below, at);
    }
    case 'step': {
      const { work } = relation;
      if (work.kind !== 'deduplicate' || work.keep !== 'last' || work.time === 'processing') return undefined;
      return { key: work.keys, time: work.time };
    }
    default:
      return undefined;
  }
}

function moved({ key, time }: Versions, at: (column: number) => number): Versions | undefined {
  const there = { key: key.map(at), time: at(time) };
  return there.time < 0 || there.key.includes(-1) ? undefined : there;
}
