import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { TypeRef } from '../ast.ts';
import { integerLiteral, stringLiteral } from './literal.ts';
import { withNullable } from './type-rule.ts';

/** A cast to a ROW names its fields, though the values stay what they are. */
export function named(cast: Expression, type: DataType): Expression {
  if (type.kind !== 'row' || JSON.stringify(cast.type) === JSON.stringify(withNullable(type, cast.type.nullable)))
    return cast;
  return { kind: 'cast', arg: cast, safe: false, type: withNullable(type, cast.type.nullable) };
}

/** CHAR(n) and VARCHAR(n) cut a text that is longer, and CHAR(n) fills up a shorter one, as Flink's CAST does. */
export function cutToLength(cast: Expression, { length, isFilled }: TypeRef): Expression {
  if (length === undefined || cast.type.kind !== 'string') return cast;
  const digits = integerLiteral(BigInt(length), 'integer');
  const { type } = cast;
  if (isFilled === true) return { kind: 'call', name: 'rpad', args: [cast, digits, stringLiteral(' ')], type };
  return { kind: 'call', name: 'left', args: [cast, digits], type };
}
