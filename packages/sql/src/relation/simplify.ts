import { columnsOf, conjunction, conjuncts, type Expression, partsOf, substitute } from '@millrace/plan';
import { belowOf } from './below.ts';
import { callsUserFunction, isDeterministic, sizeOf } from './expression-walk.ts';
import { foldCondition, foldConstants } from './fold.ts';
import { isNever } from './never.ts';
import {
  columnOf,
  filter,
  inputsOf,
  project,
  type Relation,
  type UnionAll,
  unionAll,
  type WindowTable,
  withInputs,
} from './relation.ts';
import { impliedByKeys } from './said-of-keys.ts';
import { step } from './step.ts';

/** An expression may grow to this many nodes by being written into the places that use it. */
const INLINED_SIZE_MAX = 64;

/** Parts that are left as they are: several readers share them. */
export type Kept = ReadonlySet<Relation>;

/**
 * The same rows with less work: constants folded, filters as near to the table as their meaning allows (below
 * projections, unions and grouping keys, never below a watermark), projections merged, identities removed.
 * Column order and types of the result stay; names of inner columns may not.
 */
export function simplify(relation: Relation, kept: Kept): Relation {
  return kept.has(relation) ? relation : simplifyWork(relation, kept);
}

/** As `simplify`, of a part that may be kept itself. */
export function simplifyWork(relation: Relation, kept: Kept): Relation {
  const simplified = (input: Relation) => simplify(input, kept);
  switch (relation.kind) {
    case 'scan':
      return relation;
    case 'filter':
      return pushFilter(simplified(relation.input), conjuncts(foldCondition(relation.predicate)), kept);
    case 'project': {
      const names = relation.fields.map((field) => field.name);
      return makeProject(simplified(relation.input), relation.expressions.map(foldConstants), names);
    }
    case 'union':
      return withoutNever(unionAll(relation.inputs.map(simplified), relation.fields));
    case 'window': {
      const input = simplified(relation.input);
      // What sessions remember is known when it is known which columns are read (`prune.ts`).
      return relation.window.kind === 'session' ? { ...relation, input } : windowAssign(relation, input);
    }
    case 'step': {
      const implied = impliedByKeys(relation);
      const inputs = relation.inputs.map((input, at) => pushFilter(simplified(input), implied[at] ?? [], kept));
      return { ...relation, inputs };
    }
    case 'window-aggregate': {
      const calls = relation.calls.map((call) => ({
        ...call,
        arg: call.arg && foldConstants(call.arg),
        filter: call.filter && foldCondition(call.filter),
      }));
      return { ...relation, input: simplified(relation.input), calls };
    }
  }
}

/** Without the parts that never give a row, unless the event time would be another one for it. */
function withoutNever(union: UnionAll): Relation {
  const inputs = union.inputs.filter((input) => !isNever(input));
  if (inputs.length === 0 || inputs.length === union.inputs.length) return union;
  const rest = unionAll(inputs, union.fields);
  return rest.eventTime === union.eventTime ? rest : union;
}

/** A window table function no GROUP BY used up: its rows once per window, start and end as the TIMESTAMP(3) Flink makes of them. */
function windowAssign({ fields, timeColumn, window }: WindowTable, input: Relation): Relation {
  if (window.kind === 'session' || window.kind === 'attached') throw new Error('rows do not tell their session');
  const assigned = step({ kind: 'window-assign', timeColumn, window }, [input], fields.length - 1);
  const expressions = fields.map(({ type }, index) => {
    const column = columnOf(assigned, index);
    return column.type.kind === type.kind ? column : ({ kind: 'cast', arg: column, safe: false, type } as const);
  });
  const names = fields.map(({ name }) => name);
  return makeProject(assigned, expressions, names);
}

function isTrue(predicate: Expression): boolean {
  return predicate.kind === 'literal' && predicate.value === true;
}

/** Puts conditions on top of a simplified relation, then as far down as they may go. */
export function pushFilter(input: Relation, predicates: readonly Expression[], kept: Kept): Relation {
  const distinct = new Map(predicates.map((predicate) => [JSON.stringify(predicate), predicate]));
  const wanted = [...distinct.values()].filter((predicate) => !isTrue(predicate));
  if (wanted.length === 0) return input;
  const never = wanted.find((predicate) => predicate.kind === 'literal');
  if (never !== undefined) return filter(input, never);
  if (kept.has(input)) return filterOn(input, wanted);
  switch (input.kind) {
    case 'filter':
      return pushFilter(input.input, [...conjuncts(input.predicate), ...wanted], kept);
    case 'project': {
      // A filter that goes below computes its columns there once more.
      const isCheap = (predicate: Expression) =>
        [...columnsOf(predicate)].every((index) => {
          const expression = input.expressions[index];
          return expression === undefined || !callsUserFunction(expression);
        });
      const [below, above] = split(
        wanted,
        (predicate) => canInline([predicate], input.expressions) && isCheap(predicate),
      );
      if (below.length === 0) return filterOn(input, above);
      const moved = below.map((predicate) => foldCondition(inline(predicate, input.expressions)));
      const names = input.fields.map((field) => field.name);
      return filterOn(makeProject(pushFilter(input.input, moved, kept), input.expressions, names), above);
    }
    case 'union':
      return unionAll(
        input.inputs.map((part) => pushFilter(part, wanted, kept)),
        input.fields,
      );
    case 'window': {
      // A condition on what sessions are made by leaves whole sessions out.
      const isWhole = (predicate: Expression) =>
        isDeterministic(predicate) && [...columnsOf(predicate)].every((index) => input.partition.includes(index));
      const [below, above] = split(wanted, isWhole);
      return filterOn({ ...input, input: pushFilter(input.input, below, kept) }, above);
    }
    case 'window-aggregate':
    case 'step': {
      const places = inputsOf(input).map((): Expression[] => []);
      const above: Expression[] = [];
      for (const predicate of wanted) {
        const below = belowOf(input, predicate);
        if (below === undefined) above.push(predicate);
        else places[below.input]?.push(below.predicate);
      }
      const inputs = inputsOf(input).map((part, at) => pushFilter(part, places[at] ?? [], kept));
      return filterOn(withInputs(input, inputs), above);
    }
    default:
      return filterOn(input, wanted);
  }
}

function filterOn(input: Relation, predicates: readonly Expression[]): Relation {
  const predicate = conjunction(predicates);
  return predicate === undefined ? input : filter(input, predicate);
}

function split(predicates: readonly Expression[], test: (predicate: Expression) => boolean) {
  return [predicates.filter(test), predicates.filter((predicate) => !test(predicate))] as const;
}

/** A projection on a simplified relation: merged with one below, left out when it changes nothing. */
export function makeProject(input: Relation, expressions: readonly Expression[], names: readonly string[]): Relation {
  if (input.kind === 'project' && canInline(expressions, input.expressions)) {
    const merged = expressions.map((expression) => foldConstants(inline(expression, input.expressions)));
    return makeProject(input.input, merged, names);
  }
  const changesNothing =
    expressions.length === input.fields.length &&
    expressions.every((expression, index) => expression.kind === 'column' && expression.index === index);
  return changesNothing ? input : project(input, expressions, names);
}

function inline(expression: Expression, inner: readonly Expression[]): Expression {
  return substitute(expression, (index) => inner[index] ?? { kind: 'literal', value: null, type: expression.type });
}

/** Writing the inner expressions into the outer ones computes nothing twice that is dear or changes from call to call. */
function canInline(outer: readonly Expression[], inner: readonly Expression[]): boolean {
  const uses = new Map<number, number>();
  for (const expression of outer) countUses(expression, uses);
  for (const [index, count] of uses) {
    const expression = inner[index];
    if (expression === undefined) return false;
    if (expression.kind === 'column' || expression.kind === 'literal') continue;
    if (!isDeterministic(expression) || count > 1 || sizeOf(expression) > INLINED_SIZE_MAX) return false;
  }
  return true;
}

function countUses(expression: Expression, uses: Map<number, number>): void {
  if (expression.kind === 'column') uses.set(expression.index, (uses.get(expression.index) ?? 0) + 1);
  for (const part of partsOf(expression)) countUses(part, uses);
}

/** Columns of a relation in another order or number, as a projection. */
export function selectColumns(relation: Relation, columns: readonly number[]): Relation {
  const names = columns.map((index) => relation.fields[index]?.name ?? '');
  return makeProject(
    relation,
    columns.map((index) => columnOf(relation, index)),
    names,
  );
}
