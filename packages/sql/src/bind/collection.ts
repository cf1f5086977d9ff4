import type { DataType, Field } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { ConstructorExpr, ElementExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { alignForComparison, alignValues, coerce, isUntypedNull, typeName } from './coerce.ts';
import { fieldOf } from './scope.ts';
import { isInteger, isMultiset, withNullable } from './type-rule.ts';

/** A MULTISET as the ARRAY of its values, each as often as it is there; anything else itself. */
export function elementsOf(collection: Expression): Expression {
  const { type } = collection;
  if (type.kind !== 'map' || type.isMultiset !== true) return collection;
  const array: DataType = { kind: 'array', element: type.key, nullable: type.nullable };
  return { kind: 'call', name: 'multiset-elements', args: [collection], type: array };
}

/** `array[i]` counts from 1; outside it is NULL. `map[key]` is NULL when the key is not there. `row[i]` takes a constant. */
export function bindElement(
  arg: Expression,
  index: Expression,
  expr: ElementExpr,
  report: Report,
): Expression | undefined {
  switch (arg.type.kind) {
    case 'array': {
      if (!isInteger(index.type) && !isUntypedNull(index)) {
        const message = `An element of an ARRAY is taken by a whole number from 1, not ${typeName(index)}.`;
        return report.error('sql.type-mismatch', expr.index, message);
      }
      if (index.kind === 'literal' && index.value !== null && Number(index.value) < 1) {
        return report.error('sql.invalid-literal', expr.index, 'The elements of an ARRAY count from 1.');
      }
      const at = coerce(index, { kind: 'integer', nullable: true });
      return { kind: 'call', name: 'array-element', args: [arg, at], type: withNullable(arg.type.element, true) };
    }
    case 'map': {
      if (isMultiset(arg.type)) {
        const message = `[ ] takes an element of an ARRAY or MAP, not of ${typeName(arg)}: take it apart with UNNEST.`;
        return report.error('sql.type-mismatch', expr.arg, message);
      }
      const key: Expression = { kind: 'literal', value: null, type: arg.type.key };
      const sides = alignForComparison(key, index);
      if (sides === undefined) {
        const message = `The keys of the MAP are ${typeName(key)}, not ${typeName(index)}: use CAST.`;
        return report.error('sql.type-mismatch', expr.index, message);
      }
      const args = [arg, coerce(index, arg.type.key)];
      return { kind: 'call', name: 'map-element', args, type: withNullable(arg.type.value, true) };
    }
    case 'row': {
      const place = index.kind === 'literal' && isInteger(index.type) ? Number(index.value) : undefined;
      const field = place === undefined ? undefined : arg.type.fields[place - 1];
      if (field !== undefined) return fieldOf(arg, { text: field.name, ...expr.index }, expr, report);
      const message = `A field of this ROW is taken by its name, or by a number from 1 to ${arg.type.fields.length}.`;
      return report.error('sql.type-mismatch', expr.index, message);
    }
    default:
      return report.error(
        'sql.type-mismatch',
        expr.arg,
        `[ ] takes an element of an ARRAY or MAP, not of ${typeName(arg)}.`,
      );
  }
}

/** ARRAY[...], MAP[...], ROW(...): elements are brought to the type they share. */
export function bindConstructor(
  expr: ConstructorExpr,
  items: readonly Expression[],
  report: Report,
): Expression | undefined {
  switch (expr.type) {
    case 'ARRAY': {
      const aligned = alignValues(items, expr.items, 'ARRAY', report);
      if (aligned === undefined) return undefined;
      const element = withNullable(aligned.type, isAnyNullable(aligned.values));
      return { kind: 'call', name: 'array', args: aligned.values, type: { kind: 'array', element, nullable: false } };
    }
    case 'MAP': {
      const half = (offset: number) => {
        const chosen = items.filter((_, at) => at % 2 === offset);
        return alignValues(
          chosen,
          expr.items.filter((_, at) => at % 2 === offset),
          offset === 0 ? 'The keys of MAP' : 'The values of MAP',
          report,
        );
      };
      const keys = half(0);
      const values = half(1);
      if (keys === undefined || values === undefined) return undefined;
      const type: DataType = {
        kind: 'map',
        key: withNullable(keys.type, isAnyNullable(keys.values)),
        value: withNullable(values.type, isAnyNullable(values.values)),
        nullable: false,
      };
      const args = keys.values.flatMap((key, at) => [key, values.values[at] ?? key]);
      return { kind: 'call', name: 'map', args, type };
    }
    case 'ROW': {
      const fields = items.map((item, at): Field => ({ name: `EXPR$${at}`, type: item.type }));
      return { kind: 'call', name: 'row', args: items, type: { kind: 'row', fields, nullable: false } };
    }
  }
}

function isAnyNullable(values: readonly Expression[]): boolean {
  return values.some((value) => value.type.nullable);
}
