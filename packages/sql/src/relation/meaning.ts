import type { OperatorId } from '@millrace/model';
import { type AggregateCall, describeNode, formatAggregate, formatExpression, shortHash } from '@millrace/plan';
import { planName } from '../bind/table-hint.ts';
import { inputsOf, type Relation, type Step, type WindowAggregate } from './relation.ts';
import { nodeOf } from './step.ts';
import { layoutOf } from './step-columns.ts';

/**
 * What a part of a query means, as text that other parts of the script do not change: columns go by the name they have in their
 * table, filters and projections below do not count. The ids of operators are made from it, so that state is
 * found again after an edit elsewhere.
 */
export function meaningOf(relation: Relation): string {
  const known = meanings.get(relation) ?? deriveMeaning(relation);
  meanings.set(relation, known);
  return known;
}

const meanings = new WeakMap<Relation, string>();

/** `relation`, which computes what `first` does and more behind it, under the meaning of `first`; the calls it has besides tell theirs themselves. */
export function calledAfter(relation: Relation, first: Relation): Relation {
  const called = withMeanings(relation, callsOf(first).length);
  meanings.set(called, meaningOf(first));
  return called;
}

function withMeanings(relation: Relation, from: number): Relation {
  const [input] = inputsOf(relation);
  const columns = input === undefined ? [] : origins(input);
  const calls = callsOf(relation).map((call, at) =>
    at < from ? call : { ...call, meaning: shortHash(formatAggregate(call, columns)) },
  );
  if (relation.kind === 'window-aggregate') return { ...relation, calls };
  if (relation.kind !== 'step' || relation.work.kind !== 'group-aggregate') return relation;
  return { ...relation, work: { ...relation.work, calls } };
}

function callsOf(relation: Relation): readonly AggregateCall[] {
  if (relation.kind === 'window-aggregate') return relation.calls;
  return relation.kind === 'step' && relation.work.kind === 'group-aggregate' ? relation.work.calls : [];
}

function deriveMeaning(relation: Relation): string {
  switch (relation.kind) {
    case 'scan':
      return `table ${planName(relation.table)}`;
    case 'filter':
    case 'project':
    case 'window':
      return meaningOf(relation.input);
    case 'union':
      return bounded(`union(${relation.inputs.map(meaningOf).join('; ')})`);
    case 'window-aggregate':
      return meaningOfAggregate(relation);
    case 'step':
      return meaningOfStep(relation);
  }
}

function meaningOfStep({ work, inputs }: Step): string {
  const [left = [], right = []] = inputs.map(origins);
  // How long something is remembered does not change what it is.
  const forgetful = { stateTtlMs: undefined, leftTtlMs: undefined, rightTtlMs: undefined, ...work };
  const { stateTtlMs: _, leftTtlMs: _left, rightTtlMs: _right, ...lasting } = forgetful;
  const node = nodeOf(lasting, { id: '' as OperatorId, label: '', schema: { fields: [] } }, []);
  const parts = [...inputs.map(meaningOf), ...describeNode(node, left, right)];
  return bounded(`${work.kind}(${parts.join('; ')})`);
}

function meaningOfAggregate({ input, keys, timeColumn, window, calls }: WindowAggregate): string {
  const columns = origins(input);
  const parts = [
    meaningOf(input),
    JSON.stringify(window),
    timeColumn === 'processing' ? timeColumn : columns[timeColumn],
    keys.map((key) => columns[key]).join(', '),
    calls.map((call) => formatAggregate(call, columns)).join(', '),
  ];
  return bounded(`aggregate(${parts.join('; ')})`);
}

/** Every column of a relation as an expression over the columns of its tables. */
export function origins(relation: Relation): readonly string[] {
  const known = originsOf.get(relation) ?? deriveOrigins(relation);
  originsOf.set(relation, known);
  return known;
}

const originsOf = new WeakMap<Relation, readonly string[]>();

function deriveOrigins(relation: Relation): readonly string[] {
  switch (relation.kind) {
    case 'scan':
      return relation.fields.map((field) => field.name);
    case 'filter':
      return origins(relation.input);
    case 'project': {
      const columns = origins(relation.input);
      return relation.expressions.map((expression) => bounded(formatExpression(expression, columns)));
    }
    case 'union': {
      const first = relation.inputs[0];
      return first === undefined ? [] : origins(first);
    }
    case 'window':
      return [...origins(relation.input), 'window_start', 'window_end', 'window_time'];
    case 'window-aggregate': {
      const columns = origins(relation.input);
      const keys = relation.keys.map((key) => columns[key] ?? '');
      const calls = relation.calls.map((call) => bounded(formatAggregate(call, columns)));
      return [...keys, ...calls, 'window_start', 'window_end', 'window_time'];
    }
    case 'step':
      return originsOfStep(relation);
  }
}

/** A column the step makes itself goes by its name there: `sum0`, `rownum`, `window_start`. */
function originsOfStep(relation: Step): readonly string[] {
  const inputs = relation.inputs.map(origins);
  const layout = layoutOf(
    relation.work,
    inputs.map(({ length }) => length),
    relation.fields.length,
  );
  const [left = [], right = []] = inputs;
  return layout.map((column) => {
    if ('input' in column) return inputs[column.input]?.[column.index] ?? '';
    const { work } = relation;
    const call = 'calls' in work ? work.calls[column.own] : undefined;
    if (call !== undefined) return bounded(formatAggregate(call, left));
    return bounded(`${meaningOfStep(relation)}.${column.own}${right.length > 0 ? ' of both' : ''}`);
  });
}

/** Queries inside queries may double a text at each step: a long one is known by its hash. */
const TEXT_LENGTH_MAX = 500;

function bounded(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `#${shortHash(text)}`;
}
