import { conjunction, type Expression, remap, substitute } from '@millrace/plan';
import type { JoinTable, NamedTable } from '../ast.ts';
import { connectorOptions } from '../connector-options.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation, type Scan } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import { besides, bindJoinConditions, type FilledScope, joinedScope } from './join.ts';
import { type JoinKey, sortConditions, withColumns } from './join-condition.ts';
import { isProcessingTime } from './processing-time.ts';
import { asOfJoinType } from './temporal-join.ts';
import { holdsExactly, isConstructed, withNullable } from './type-rule.ts';

/** FOR SYSTEM_TIME AS OF a processing time of the left side: the table is asked when a row comes. */
export function isLookup({ asOf }: NamedTable, left: FilledScope): boolean {
  return asOf !== undefined && isProcessingTime(asOf.expr, left);
}

/** left [LEFT] JOIN table FOR SYSTEM_TIME AS OF left.proctime ON left.k = table.k: the rows the table has when it is asked. */
export function bindLookupJoin(
  ref: JoinTable,
  table: NamedTable,
  left: FilledScope,
  right: FilledScope,
  report: Report,
): FilledScope | undefined {
  const type = asOfJoinType(ref, report);
  if (type === undefined) return undefined;
  const asked = askedTable(right.relation);
  if (asked === undefined) {
    const message = `${table.name.text} is a query, and only a table can be asked for rows by key: join the table it reads, and compute from its columns here.`;
    return report.error('sql.invalid-table', table.name, message);
  }
  const both = besides(left, right, ref, report);
  const conditions = both && bindJoinConditions(ref, left, right, both, report);
  if (both === undefined || conditions === undefined) return undefined;
  const make = (a: Relation, _: Relation, all: readonly Expression[]) => lookupJoin(a, asked, type, all);
  if (keysOf(conditions, left.relation, asked).keys.length === 0) {
    const [column = '...'] = asked.names;
    const message = `${table.name.text} is asked for rows by key: ON compares a column of it with the left side, as in ${left.qualifier ?? 'o'}.x = ${table.alias?.text ?? table.name.text}.${column}.`;
    return report.error('sql.type-mismatch', ref.on ?? ref, message);
  }
  return joinedScope(both, left, right, type, conditions, make, { isVersioned: true });
}

/** A table by itself, its columns as FROM names them. */
interface AskedTable {
  readonly scan: Scan;
  /** For each column in scope the index in the table. */
  readonly columns: readonly number[];
  readonly names: readonly string[];
  /** Indexes in the table of the columns that are looked up; others are computed from them. */
  readonly stored: readonly number[];
}

function askedTable(relation: Relation): AskedTable | undefined {
  const names = relation.fields.map(({ name }) => name);
  if (relation.kind === 'scan') {
    const { table, columns } = relation;
    const stored = [...table.columns.keys()].filter((index) => table.columns[index]?.kind !== 'computed');
    return { scan: relation, columns, names, stored };
  }
  if (relation.kind !== 'project') return undefined;
  const below = askedTable(relation.input);
  const columns = relation.expressions.map((part) => (part.kind === 'column' ? below?.columns[part.index] : undefined));
  const known = columns.filter((column) => column !== undefined);
  return below && known.length === columns.length ? { ...below, columns: known, names } : undefined;
}

function lookupJoin(
  left: Relation,
  asked: AskedTable,
  type: 'inner' | 'left',
  conditions: readonly Expression[],
): Relation {
  const { scan, columns, names, stored } = asked;
  const { table } = scan;
  const width = left.fields.length;
  const { keys, rest } = keysOf(conditions, left, asked);
  const input = withColumns(
    left,
    keys.map((key) => key.left),
  );
  const wide = input.relation.fields.length;
  const behind = (index: number) => (index < width ? index : index + wide - width);
  const tableKeys = keys.map((key) => key.column);
  const joined = step(
    {
      kind: 'lookup-join',
      type,
      table: table.name,
      connector: connectorOptions(table, []).connector ?? '',
      options: connectorOptions(table, stored),
      columns: stored
        .flatMap((index) => table.columns[index] ?? [])
        .map((column) => ({ name: column.name, type: column.type })),
      keys: input.columns,
      tableKeys,
      condition: conjunction(rest.map((part) => remap(part, behind))),
    },
    [input.relation],
    left.eventTime,
  );
  const isMet = columnOf(joined, wide + (tableKeys[0] ?? 0));
  const given = columns.map((index): Expression => {
    const at = (column: number) => columnOf(joined, wide + stored.indexOf(column));
    const column = table.columns[index];
    if (column?.kind !== 'computed') return at(index);
    const value = substitute(column.expression, at);
    return type === 'inner' ? value : nullUnless(isMet, value);
  });
  const lefts = left.fields.map((_, index) => columnOf(joined, index));
  return project(joined, [...lefts, ...given], [...left.fields.map(({ name }) => name), ...names]);
}

interface LookupKey {
  readonly left: Expression;
  /** Place among the stored columns. */
  readonly column: number;
}

/**
 * Conditions over the left columns and those of the table in scope, as keys and the rest, over the left and the stored columns. A column
 * that is compared in a wider type is asked for in its own: whatever equals one of its values can be cast to it, and the comparison stays to tell.
 */
function keysOf(
  conditions: readonly Expression[],
  left: Relation,
  { scan, columns, stored }: AskedTable,
): { readonly keys: readonly LookupKey[]; readonly rest: readonly Expression[] } {
  const width = left.fields.length;
  const onStored = (index: number): Expression => {
    const column = scan.table.columns[index];
    if (column?.kind === 'computed') return substitute(column.expression, onStored);
    const type = column?.type ?? { kind: 'integer', nullable: true };
    return { kind: 'column', index: width + stored.indexOf(index), type };
  };
  const moved = conditions.map((condition) =>
    substitute(condition, (index) => (index < width ? columnOf(left, index) : onStored(columns[index - width] ?? 0))),
  );
  const keys: LookupKey[] = [];
  const rest: Expression[] = [];
  for (const condition of moved) {
    const [joinKey] = sortConditions([condition], width).keys;
    const key = joinKey && lookupKey(joinKey);
    if (key === undefined || keys.some(({ column }) => column === key.column)) rest.push(condition);
    else {
      keys.push(key);
      if (!key.isExact) rest.push(condition);
    }
  }
  return { keys, rest };
}

function lookupKey({ left, right }: JoinKey): (LookupKey & { readonly isExact: boolean }) | undefined {
  let column = right;
  while (column.kind === 'cast' && holdsExactly(column.arg.type, column.type)) column = column.arg;
  if (column.kind !== 'column' || isConstructed(column.type)) return undefined;
  if (column === right) return { left, column: column.index, isExact: true };
  const type = withNullable(column.type, true);
  return { left: { kind: 'cast', arg: left, safe: true, type }, column: column.index, isExact: false };
}

function nullUnless(isMet: Expression, value: Expression): Expression {
  const type = withNullable(value.type, true);
  const when: Expression = {
    kind: 'call',
    name: 'is-not-null',
    args: [isMet],
    type: { kind: 'boolean', nullable: false },
  };
  return { kind: 'case', branches: [{ when, value }], otherwise: { kind: 'literal', value: null, type }, type };
}
