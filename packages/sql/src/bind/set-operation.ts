import type { DataType, Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { SetOperation } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, filter, project, type Relation, unionAll } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import type { Span } from '../source-text.ts';
import { coerce, typeName } from './coerce.ts';
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
        const message = `Column ${index + 1} (${before?.name ?? field.name}) of ${what} mixes ${nameOf(before?.type ?? field.type)} and ${nameOf(field.type)}: use CAST.`;
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
  if (operation.operator === 'UNION') return distinct(unionAll(inputs, fields), what, operation.operatorSpan, report);
  if (!areComparable(fields, what, operation.operatorSpan, report)) return undefined;
  const counted = countSides(inputs, fields);
  const [lefts, rights] = [columnOf(counted, fields.length), columnOf(counted, fields.length + 1)];
  const passed = filter(counted, conditionOf(operation, lefts, rights));
  const columns = fields.map((_, index) => columnOf(passed, index));
  const names = fields.map(({ name }) => name);
  if (!operation.all) return project(passed, columns, names);
  const count: Expression =
    operation.operator === 'INTERSECT'
      ? { kind: 'call', name: 'least', args: [lefts, rights], type: BIGINT }
      : { kind: 'call', name: '-', args: [lefts, rights], type: BIGINT };
  return step({ kind: 'replicate' }, [project(passed, [...columns, count], [...names, 'count'])], undefined, { names });
}

/** Each row once, as a group of all its columns. Undefined after a report. */
export function distinct(relation: Relation, what: string, at: Span, report: Report): Relation | undefined {
  const { fields } = relation;
  if (!areComparable(fields, what, at, report)) return undefined;
  return step({ kind: 'group-aggregate', keys: [...fields.keys()], calls: [] }, [relation], undefined, { fields });
}

function areComparable(fields: readonly Field[], what: string, at: Span, report: Report): boolean {
  const constructed = fields.find(({ type }) => isConstructed(type));
  if (constructed === undefined) return true;
  const message = `${what} compares all columns, and ${constructed.name} is ${nameOf(constructed.type)}: leave it out.`;
  report.error('sql.type-mismatch', at, message);
  return false;
}

/** All columns, then how often the row stands on the left and on the right. */
function countSides([left, right]: readonly Relation[], fields: readonly Field[]): Relation {
  const marks: readonly Field[] = ['left', 'right'].map((name) => ({ name, type: BIGINT }));
  const marked = [left, right].flatMap((input, side) => {
    if (input === undefined) return [];
    const columns = fields.map((_, index) => columnOf(input, index));
    const mark = [0, 1].map((place) => integerLiteral(place === side ? 1n : 0n, 'bigint'));
    return [
      project(
        input,
        [...columns, ...mark],
        [...fields, ...marks].map(({ name }) => name),
      ),
    ];
  });
  const all = unionAll(marked, [...fields, ...marks]);
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
