import type { Expression } from '@millrace/plan';
import { integerLiteral } from './literal.ts';
import { withNullable } from './type-rule.ts';

/** Two ROWs of as many fields, field by field: they are equal when all of these are. */
export function rowParts(
  left: Expression,
  right: Expression,
): readonly (readonly [Expression, Expression])[] | undefined {
  const [a, b] = [fieldsOf(left), fieldsOf(right)];
  if (a === undefined || b === undefined || a.length !== b.length) return undefined;
  return a.flatMap((part, at) => {
    const other = b[at];
    return other === undefined ? [] : [[part, other] as const];
  });
}

function fieldsOf(row: Expression): readonly Expression[] | undefined {
  if (row.type.kind !== 'row') return undefined;
  if (row.kind === 'call' && row.name === 'row') return row.args;
  return row.type.fields.map(({ type }, at): Expression => {
    const place = integerLiteral(BigInt(at), 'integer');
    return {
      kind: 'call',
      name: 'row-field',
      args: [row, place],
      type: withNullable(type, row.type.nullable || type.nullable),
    };
  });
}
