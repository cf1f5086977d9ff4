import type { DataType, Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { SetOperation } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { columnOf, filter, project, type Relation, unionAll } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { Span } from '../source-text.ts';
import { distinctInWindow } from './attached-window.ts';
import { coerce, typeName } from './coerce.ts';
import { comparable, decoded } from './comparable.ts';
import { oneTypeRemedy } from './interval-cast.ts';
import { integerLiteral } from './literal.ts';
import { commonType, isConstructed, sameType } from './type-rule.ts';

const BIGINT: DataType = { kind: 'bigint', nullable: false };

/** The inputs with the column types all of them share, and the names of the first; undefined after a report. */
export function alignColumns(
  inputs: readonly Relation[],
  spans: readonly Span[],
  what: string,
  report: Report,
): { readonly inputs: readonly Relation[]; readonly fields: readonly Field[] } | undefined {
  const fields: Field[] = [...(inputs[0]?.fields ?? [])];
  for (const [at, input] of inputs.entries()) {
    const span = spans[at] ?? { from: 0, to: 0 };
    if (input.fields.length !== fields.length) {
      const message = `${what} needs equal numbers of columns: the first query has ${fields.length}, this one ${input.fields.length}.`;
      return report.error('sql.type-mismatch', span, message);
    }
    for (const [index, field] of input.fields.entries()) {
      const before = fields[index];
      const type = before && commonType(before.type, field.type);
      if (before === undefined || type === undefined) {
        const first = before?.type ?? field.type;
        const remedy = oneTypeRemedy(first, field.type, 'use CAST.');
        const message = `Column ${index + 1} (${before?.name ?? field.name}) of ${what} mixes ${nameOf(first)} and ${nameOf(field.type)}: ${remedy}`;
        return report.error('sql.type-mismatch', span, message);
      }
      fields[index] = { name: before.name, type };
    }
  }
  return { inputs: inputs.map((input) => castColumns(input, fields)), fields };
}

/**
 * UNION groups by all columns. INTERSECT and EXCEPT count how often a row stands on each side, as Flink's rewrite does; their ALL
 * forms repeat it as often as the counts say. Undefined after a report.
 */
export function bindSetOperation(
  operation: SetOperation,
  left: Relation,
  right: Relation,
  report: Report,
): Relation | undefined {
  const what = operation.all ? `${operation.operator} ALL` : operation.operator;
  const aligned = alignColumns([left, right], [operation.left, operation.right], what, report);
  if (aligned === undefined) return undefined;
  const { inputs, fields } = aligned;
  if (operation.operator === 'UNION') return distinct(unionAll(inputs, fields));
  const counted = countSides(inputs, fields);
  const [lefts, rights] = [columnOf(counted, fields.length), columnOf(counted, fields.length + 1)];
  const passed = filter(counted, conditionOf(operation, lefts, rights));
  const columns = valuesOf(passed, fields);
  const names = fields.map(({ name }) => name);
  if (!operation.all) return project(passed, columns, names);
  const count: Expression =
    operation.operator === 'INTERSECT'
      ? { kind: 'call', name: 'least', args: [lefts, rights], type: BIGINT }
      : { kind: 'call', name: '-', args: [lefts, rights], type: BIGINT };
  return step({ kind: 'replicate' }, [project(passed, [...columns, count], [...names, 'count'])], undefined, { names });
}

/** Each row once, as a group of all its columns; where these name the window of the row, when it is over. */
export function distinct(relation: Relation): Relation {
  const { fields } = relation;
  const names = fields.map(({ name }) => name);
  const isPlain = fields.every(({ type }) => !isConstructed(type));
  const coded = isPlain ? relation : project(relation, codesOf(relation), names);
  const work = { kind: 'group-aggregate', keys: [...fields.keys()], calls: [] } as const;
  const inWindow = isAppendOnly(coded) ? distinctInWindow(coded) : undefined;
  const grouped = inWindow ?? step(work, [coded], undefined, { fields: coded.fields });
  return isPlain ? grouped : project(grouped, valuesOf(grouped, fields), names);
}

/** The columns as rows are compared by them. */
function codesOf(relation: Relation): readonly Expression[] {
  return relation.fields.map((_, index) => comparable(columnOf(relation, index)));
}

/** The values again, from the first columns. */
function valuesOf(relation: Relation, fields: readonly Field[]): readonly Expression[] {
  return fields.map(({ type }, index) => decoded(columnOf(relation, index), isConstructed(type) ? type : undefined));
}

/** All columns, then how often the row stands on the left and on the right. */
function countSides([left, right]: readonly Relation[], fields: readonly Field[]): Relation {
  const marks: readonly Field[] = ['left', 'right'].map((name) => ({ name, type: BIGINT }));
  const marked = [left, right].flatMap((input, side) => {
    if (input === undefined) return [];
    const columns = codesOf(input);
    const mark = [0, 1].map((place) => integerLiteral(place === side ? 1n : 0n, 'bigint'));
    return [
      project(
        input,
        [...columns, ...mark],
        [...fields, ...marks].map(({ name }) => name),
      ),
    ];
  });
  const coded = fields.map(({ name, type }) => ({ name, type: isConstructed(type) ? codeType(type) : type }));
  const all = unionAll(marked, [...coded, ...marks]);
  const calls = marks.map((_, place) => ({
    name: 'sum' as const,
    arg: columnOf(all, fields.length + place),
    filter: undefined,
    type: BIGINT,
  }));
  return step({ kind: 'group-aggregate', keys: [...fields.keys()], calls }, [all], undefined, {
    names: [...fields, ...marks].map(({ name }) => name),
  });
}

function codeType({ nullable }: DataType): DataType {
  return { kind: 'string', nullable };
}

function conditionOf({ operator, all }: SetOperation, lefts: Expression, rights: Expression): Expression {
  const zero = integerLiteral(0n, 'bigint');
  const compare = (name: '>' | '=', a: Expression, b: Expression): Expression => ({
    kind: 'call',
    name,
    args: [a, b],
    type: { kind: 'boolean', nullable: false },
  });
  if (operator === 'EXCEPT' && all) return compare('>', lefts, rights);
  const other = compare(operator === 'INTERSECT' ? '>' : '=', rights, zero);
  const args = [compare('>', lefts, zero), other];
  return { kind: 'call', name: 'and', args, type: { kind: 'boolean', nullable: false } };
}

function nameOf(type: DataType): string {
  return typeName({ kind: 'literal', value: null, type });
}

function castColumns(relation: Relation, fields: readonly Field[]): Relation {
  if (relation.fields.every((field, index) => sameType(field.type, fields[index]?.type ?? field.type))) return relation;
  const expressions = fields.map((field, index) => coerce(columnOf(relation, index), field.type));
  return project(
    relation,
    expressions,
    fields.map((field) => field.name),
  );
}
