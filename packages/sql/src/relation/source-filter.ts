import {
  type CallExpression,
  conjunction,
  conjuncts,
  type Expression,
  remap,
  type ScalarFunction,
  substitute,
} from '@millrace/plan';
import type { BoundTable } from '../bind/table.ts';
import { planName } from '../bind/table-hint.ts';
import { anyOf, disjunction } from './any-of.ts';
import { isDeterministic, sizeOf } from './expression-walk.ts';
import { inputsOf, type Relation, type Scan } from './relation.ts';

/** A condition may have this many parts: it is computed for every record, and once more by the filters above. */
const SIZE_MAX = 200;

/**
 * Per table (by `planName`), the condition that every row fulfils which some reader wants: the filters that stand directly on it, one reader's or the other's. Over the
 * stored columns of the table, by index; computed columns are computed again. A table that one reader reads without a filter has none. The filters stay where they are: a source leaves out what it can
 * (decisions/0009).
 */
export function sourceConditions(relations: readonly Relation[]): ReadonlyMap<string, Expression> {
  const readers = new Map<string, (Expression | undefined)[]>();
  const visit = (relation: Relation, above: readonly Expression[]): void => {
    switch (relation.kind) {
      case 'filter':
        visit(relation.input, [...above, ...conjuncts(relation.predicate)]);
        return;
      case 'scan': {
        const name = planName(relation.table);
        readers.set(name, [...(readers.get(name) ?? []), conditionOf(relation, above)]);
        return;
      }
      default:
        for (const input of inputsOf(relation)) visit(input, []);
    }
  };
  for (const relation of relations) visit(relation, []);
  const conditions = new Map<string, Expression>();
  for (const [table, found] of readers) {
    const condition = anyOf(found);
    if (condition !== undefined && sizeOf(condition) <= SIZE_MAX) conditions.set(table, condition);
  }
  return conditions;
}

function conditionOf({ table, columns }: Scan, predicates: readonly Expression[]): Expression | undefined {
  const parts = predicates.flatMap((predicate) => {
    const overTable = substitute(
      remap(predicate, (index) => columns[index] ?? -1),
      (index) => storedValue(table, index),
    );
    return isDeterministic(overTable) && sizeOf(overTable) <= SIZE_MAX ? (impliedBy(overTable) ?? []) : [];
  });
  return conjunction(parts);
}

/** A column as the records of the table hold it. */
export function storedValue({ columns }: BoundTable, index: number): Expression {
  const column = columns[index];
  if (column === undefined) throw new Error(`column ${index} of ${columns.length}`);
  return column.kind === 'computed' ? column.expression : { kind: 'column', index, type: column.type };
}

/** The strongest condition that is true wherever `predicate` is and made of what a source computes cheaply. */
function impliedBy(predicate: Expression): Expression | undefined {
  if (predicate.kind === 'call' && predicate.name === 'and')
    return conjunction(predicate.args.flatMap((part) => impliedBy(part) ?? []));
  if (predicate.kind === 'call' && predicate.name === 'or') {
    const parts = predicate.args.map(impliedBy);
    return parts.every((part) => part !== undefined) ? disjunction(parts) : undefined;
  }
  return isCheap(predicate) ? predicate : undefined;
}

/** A few machine instructions per row. Whether it may fail does not matter: a row it fails on is kept, and fails in the filter. */
const CHEAP: ReadonlySet<ScalarFunction> = new Set([
  'and',
  'or',
  'not',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'is-distinct-from',
  'is-not-distinct-from',
  'is-null',
  'is-not-null',
  'is-true',
  'is-not-true',
  'is-false',
  'is-not-false',
  'in',
  '+',
  '-',
  '*',
  '/',
  '%',
  'negate',
  'abs',
  'coalesce',
]);

function isCheap(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression.type.kind !== 'array' && expression.type.kind !== 'map' && expression.type.kind !== 'row';
    case 'call':
      return isCheapCall(expression) && expression.args.every(isCheap);
    case 'cast':
      return !isText(expression) && !isText(expression.arg) && isCheap(expression.arg);
    case 'case':
    case 'user-call':
      return false;
  }
}

function isCheapCall(call: CallExpression): boolean {
  if (CHEAP.has(call.name)) return true;
  const [text, pattern, ...others] = call.args;
  const isPrefix = pattern?.kind === 'literal' && /^[^%_]*%$/.test(String(pattern.value)) && others.length === 0;
  return call.name === 'like' && text?.kind === 'column' && isPrefix;
}

function isText({ type }: Expression): boolean {
  return type.kind === 'string' || type.kind === 'bytes';
}
