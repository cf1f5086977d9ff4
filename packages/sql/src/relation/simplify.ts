import { columnsOf, conjunction, conjuncts, type Expression, partsOf, remap, substitute } from '@millrace/plan';
import { callsUserFunction, isDeterministic, sizeOf } from './expression-walk.ts';
import { foldConstants } from './fold.ts';
import { columnOf, filter, project, type Relation, type Step, unionAll, type WindowTable } from './relation.ts';
import { step } from './step.ts';

/** An expression may grow to this many nodes by being written into the places that use it. */
const INLINED_SIZE_MAX = 64;

/**
 * The same rows with less work: constants folded, filters as near to the table as their meaning allows (below
 * projections, unions and grouping keys, never below a watermark), projections merged, identities removed.
 * Column order and types of the result stay; names of inner columns may not.
 */
export function simplify(relation: Relation): Relation {
  switch (relation.kind) {
    case 'scan':
      return relation;
    case 'filter':
      return pushFilter(simplify(relation.input), conjuncts(foldConstants(relation.predicate)));
    case 'project': {
      const names = relation.fields.map((field) => field.name);
      return makeProject(simplify(relation.input), relation.expressions.map(foldConstants), names);
    }
    case 'union':
      return unionAll(relation.inputs.map(simplify), relation.fields);
    case 'window':
      return windowAssign(relation, simplify(relation.input));
    case 'step':
      return { ...relation, inputs: relation.inputs.map(simplify) };
    case 'window-aggregate': {
      const calls = relation.calls.map((call) => ({
        ...call,
        arg: call.arg && foldConstants(call.arg),
        filter: call.filter && foldConstants(call.filter),
      }));
      return { ...relation, input: simplify(relation.input), calls };
    }
  }
}

/** A window table function no GROUP BY used up: its rows once per window, start and end as the TIMESTAMP(3) Flink makes of them. */
function windowAssign({ fields, timeColumn, window }: WindowTable, input: Relation): Relation {
  if (window.kind === 'session') throw new Error('a session without GROUP BY reached the plan');
  const assigned = step(
    { kind: 'window-assign', timeColumn, window },
    [input],
    timeColumn === 'processing' ? undefined : fields.length - 1,
  );
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
function pushFilter(input: Relation, predicates: readonly Expression[]): Relation {
  const wanted = predicates.filter((predicate) => !isTrue(predicate));
  if (wanted.length === 0) return input;
  switch (input.kind) {
    case 'filter':
      return pushFilter(input.input, [...conjuncts(input.predicate), ...wanted]);
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
      const moved = below.map((predicate) => foldConstants(inline(predicate, input.expressions)));
      const names = input.fields.map((field) => field.name);
      return filterOn(makeProject(pushFilter(input.input, moved), input.expressions, names), above);
    }
    case 'union':
      return unionAll(
        input.inputs.map((part) => pushFilter(part, wanted)),
        input.fields,
      );
    case 'window-aggregate': {
      const [below, above] = split(wanted, (predicate) => {
        const columns = [...columnsOf(predicate)];
        return isDeterministic(predicate) && columns.length > 0 && columns.every((index) => index < input.keys.length);
      });
      if (below.length === 0) return filterOn(input, above);
      const moved = below.map((predicate) => remap(predicate, (index) => input.keys[index] ?? index));
      return filterOn({ ...input, input: pushFilter(input.input, moved) }, above);
    }
    case 'step':
      return pushIntoJoin(input, wanted);
    default:
      return filterOn(input, wanted);
  }
}

/** Conditions on one side of a join drop rows before it, where that side never gets NULLs in their place. */
function pushIntoJoin(input: Step, predicates: readonly Expression[]): Relation {
  const { work, inputs } = input;
  const [left, right] = inputs;
  if (work.kind === 'lookup-join' && left !== undefined) return pushBelowLookup(input, left, predicates);
  if (left === undefined || right === undefined || !('leftKeys' in work)) return filterOn(input, predicates);
  const width = left.fields.length;
  // What is true of a row at one moment need not be true of the version that was valid at another.
  const isVersioned = work.kind === 'temporal-join';
  const goesLeft = work.type !== 'right' && work.type !== 'full';
  const goesRight = (work.type === 'inner' || work.type === 'right') && !isVersioned;
  const isOn = (predicate: Expression, test: (index: number) => boolean) => {
    const columns = [...columnsOf(predicate)];
    return isDeterministic(predicate) && columns.length > 0 && columns.every(test);
  };
  const [onLeft, others] = split(predicates, (predicate) => goesLeft && isOn(predicate, (index) => index < width));
  const [onRight, above] = split(others, (predicate) => goesRight && isOn(predicate, (index) => index >= width));
  if (onLeft.length + onRight.length === 0) return filterOn(input, predicates);
  const moved = onRight.map((predicate) => remap(predicate, (index) => index - width));
  return filterOn({ ...input, inputs: [pushFilter(left, onLeft), pushFilter(right, moved)] }, above);
}

/** A row that is dropped later need not be looked up. */
function pushBelowLookup(input: Step, left: Relation, predicates: readonly Expression[]): Relation {
  const width = left.fields.length;
  const [below, above] = split(predicates, (predicate) => {
    const columns = [...columnsOf(predicate)];
    return isDeterministic(predicate) && columns.length > 0 && columns.every((index) => index < width);
  });
  if (below.length === 0) return filterOn(input, predicates);
  return filterOn({ ...input, inputs: [pushFilter(left, below)] }, above);
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
