import type { Expression } from '@millrace/plan';
import { alignForComparison, alignValues, isUntypedNull, typeName } from '../bind/coerce.ts';
import { isConstructed, withNullable } from '../bind/type-rule.ts';
import { anyNullable, type BoundCall, type FunctionDefinition, matchArguments } from './definition.ts';

/** The first that is not NULL; NOT NULL as soon as one of them is. */
function bindCoalesce(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['any'], { required: 1, repeats: true });
  const aligned = args && alignValues(args, call.argSpans, call.name, call.report);
  if (aligned === undefined) return undefined;
  const nullable = aligned.values.every((value) => value.type.nullable);
  return { kind: 'call', name: 'coalesce', args: aligned.values, type: withNullable(aligned.type, nullable) };
}

function bindExtreme(plan: 'greatest' | 'least') {
  return (call: BoundCall): Expression | undefined => {
    const args = matchArguments(call, ['any'], { required: 1, repeats: true });
    const aligned = args && alignValues(args, call.argSpans, call.name, call.report);
    if (aligned === undefined) return undefined;
    if (isConstructed(aligned.type)) {
      return call.report.error(
        'sql.type-mismatch',
        call.span,
        `${call.name} cannot compare ${typeName(aligned.values[0] ?? call.args[0] ?? { kind: 'literal', value: null, type: aligned.type })}.`,
      );
    }
    const nullable = anyNullable(aligned.values);
    return { kind: 'call', name: plan, args: aligned.values, type: withNullable(aligned.type, nullable) };
  };
}

function bindNullIf(call: BoundCall): Expression | undefined {
  const [first, second] = matchArguments(call, ['any', 'any']) ?? [];
  if (first === undefined || second === undefined) return undefined;
  if (isUntypedNull(first)) return first;
  const sides = alignForComparison(first, second);
  if (sides === undefined) {
    const message = `NULLIF cannot compare ${typeName(first)} with ${typeName(second)}: use CAST.`;
    return call.report.error('sql.type-mismatch', call.span, message);
  }
  const [left, right] = sides;
  const nullIf: Expression = { kind: 'call', name: 'nullif', args: [left, right], type: withNullable(left.type, true) };
  if (left === first) return nullIf;
  return { kind: 'cast', arg: nullIf, safe: false, type: withNullable(first.type, true) };
}

function bindIf(call: BoundCall): Expression | undefined {
  const [condition, ...values] = matchArguments(call, ['boolean', 'any', 'any']) ?? [];
  const aligned = alignValues(values, call.argSpans.slice(1), 'IF', call.report);
  const [then, otherwise] = aligned?.values ?? [];
  if (condition === undefined || aligned === undefined || then === undefined || otherwise === undefined)
    return undefined;
  const type = withNullable(aligned.type, anyNullable([then, otherwise]));
  return { kind: 'case', branches: [{ when: condition, value: then }], otherwise, type };
}

export const CONDITIONAL_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'COALESCE',
    group: 'conditional',
    signatures: ['COALESCE(value, ...) -> value'],
    help: 'The first value that is not NULL.',
    bind: bindCoalesce,
  },
  {
    name: 'IFNULL',
    group: 'conditional',
    signatures: ['IFNULL(value, otherwise) -> value'],
    help: 'The value, or the other one if it is NULL.',
    bind: (call) => matchArguments(call, ['any', 'any']) && bindCoalesce(call),
  },
  {
    name: 'NULLIF',
    group: 'conditional',
    signatures: ['NULLIF(value, other) -> value'],
    help: 'NULL if the two are equal, otherwise the first.',
    bind: bindNullIf,
  },
  {
    name: 'IF',
    group: 'conditional',
    signatures: ['IF(condition, then, otherwise) -> value'],
    help: 'One value or another.',
    bind: bindIf,
  },
  {
    name: 'GREATEST',
    group: 'conditional',
    signatures: ['GREATEST(value, ...) -> value'],
    help: 'The greatest value; NULL if one is NULL.',
    bind: bindExtreme('greatest'),
  },
  {
    name: 'LEAST',
    group: 'conditional',
    signatures: ['LEAST(value, ...) -> value'],
    help: 'The least value; NULL if one is NULL.',
    bind: bindExtreme('least'),
  },
];
