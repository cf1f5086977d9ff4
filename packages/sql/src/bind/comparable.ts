import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { isConstructed, withNullable } from './type-rule.ts';

/** What rows are grouped and routed by: an ARRAY, MAP or ROW as text that is equal exactly when the values are, anything else itself. */
export function comparable(value: Expression): Expression {
  if (!isConstructed(value.type)) return value;
  return { kind: 'call', name: 'value-code', args: [value], type: { kind: 'string', nullable: value.type.nullable } };
}

/** The value again; `type` is undefined for what is no such text. */
export function decoded(code: Expression, type: DataType | undefined): Expression {
  if (type === undefined) return code;
  return { kind: 'call', name: 'value-of-code', args: [code], type: withNullable(type, code.type.nullable) };
}
