import { type Expression, remap } from '@millrace/plan';
import type { JoinTable, NamedTable } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { asRecorded } from '../relation/recorded.ts';
import { filter, project, type Relation } from '../relation/relation.ts';
import { besides, bindJoinConditions, type FilledScope, joinedScope } from './join.ts';
import { type JoinKey, sortConditions } from './join-condition.ts';
import { joinOn } from './join-relation.ts';
import { findColumn } from './scope.ts';

/** What makes a relation a versioned table: one row per key at every moment. */
interface Versions {
  /** Gives the versions as they become known, with the columns of what was asked for. */
  readonly relation: Relation;
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
    const message = isAppendOnly(right.relation)
      ? `${table.name.text} has no versions: FOR SYSTEM_TIME AS OF needs a table with PRIMARY KEY (...) NOT ENFORCED and a WATERMARK.`
      : `${table.name.text} replaces rows, and its versions are known only from the table itself or from the last row per key by event time: give the table a WATERMARK, and put conditions and computed columns behind the join.`;
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
  return joinedScope(
    both,
    left,
    { ...right, relation: versions.relation },
    type,
    conditions,
    (a, b, all) => temporalJoin(a, b, type, all, versions),
    {
      isVersioned: true,
    },
  );
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

/**
 * The versions a relation has: the rows of a table with PRIMARY KEY and WATERMARK, the records of one that tells rows by key, or of the last row
 * per key by event time all the rows it was chosen from. A deletion ends its key when it is recorded; among full changes it has the time of
 * the row it takes back.
 */
function versionsOf(relation: Relation): Versions | undefined {
  switch (relation.kind) {
    case 'scan': {
      const { primaryKey, watermark } = relation.table;
      if (primaryKey === undefined || watermark === undefined) return undefined;
      const recorded = asRecorded(relation);
      return moved({ key: primaryKey, time: watermark.column }, (column) => relation.columns.indexOf(column), recorded);
    }
    case 'filter': {
      // Of rows that are replaced, a filter takes the end of one version together with the one that ended it.
      const below = isAppendOnly(relation) ? versionsOf(relation.input) : undefined;
      return below && { ...below, relation: filter(below.relation, relation.predicate) };
    }
    case 'project': {
      const { expressions } = relation;
      const below = versionsOf(relation.input);
      // Of a deletion nothing but the key is known, so there is nothing to compute from.
      const isKnown = expressions.every(({ kind }) => kind === 'column');
      if (below === undefined || !(isKnown || isAppendOnly(below.relation))) return undefined;
      const at = (column: number) => expressions.findIndex((part) => part.kind === 'column' && part.index === column);
      const names = relation.fields.map(({ name }) => name);
      return moved(below, at, project(below.relation, expressions, names));
    }
    case 'step': {
      const { work, inputs } = relation;
      const [input] = inputs;
      if (work.kind !== 'deduplicate' || work.keep !== 'last' || work.time === 'processing') return undefined;
      return input && { relation: input, key: work.keys, time: work.time };
    }
    default:
      return undefined;
  }
}

function moved(
  { key, time }: Omit<Versions, 'relation'>,
  at: (column: number) => number,
  relation: Relation,
): Versions | undefined {
  const there = { relation, key: key.map(at), time: at(time) };
  return there.time < 0 || there.key.includes(-1) ? undefined : there;
}
