import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import type { TypeRef } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { intervalCastRemedy, intervalCountWarning } from './interval-cast.ts';
import { integerLiteral, stringLiteral } from './literal.ts';
import { castsExplicitly, withNullable } from './type-rule.ts';

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

/** CAST and, when `safe`, TRY_CAST; undefined after a report. */
export function castTo(
  arg: Expression,
  type: DataType,
  safe: boolean,
  span: Span,
  report: Report,
): Expression | undefined {
  if (isUntypedNull(arg)) return coerce(arg, type);
  if (!castsExplicitly(arg.type, type)) {
    const target = typeName({ kind: 'literal', value: null, type });
    const remedy = intervalCastRemedy(arg.type, type);
    return report.error('sql.type-mismatch', span, `${typeName(arg)} cannot be cast to ${target}.${remedy}`);
  }
  const meant = intervalCountWarning(arg.type, type);
  if (meant !== undefined) report.warning('sql.type-mismatch', span, meant);
  const cast = coerce(arg, type);
  if (!safe || cast.kind !== 'cast' || cast === arg) return cast;
  return { ...cast, safe, type: withNullable(cast.type, true) };
}
