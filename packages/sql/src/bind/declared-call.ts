import { type Expression, formatSignature, type UserFunction } from '@millrace/plan';
import type { CreateFunction, FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { userFunctionOf } from './create-function.ts';
import { castsImplicitly, withNullable } from './type-rule.ts';

/** What the script declares under the name of the call. */
export function declaredOf(call: FunctionCall): CreateFunction | 'broken' | undefined {
  return call.declared.get(call.name.text.toUpperCase());
}

/**
 * A call of a scalar or table function over bound arguments; the value of a table function is the ARRAY of its rows. Undefined after a
 * report, here or at the declaration.
 */
export function declaredCall(
  call: FunctionCall,
  declared: CreateFunction,
  bound: readonly Expression[],
  report: Report,
): Expression | undefined {
  if (call.distinct !== undefined)
    return report.error('sql.syntax', call.distinct, 'DISTINCT stands in aggregates only.');
  if (call.filter !== undefined) return report.error('sql.syntax', call.filter, 'FILTER stands after aggregates only.');
  if (call.over !== undefined) return report.error('sql.syntax', call.over, 'OVER stands behind aggregates only.');
  const of = userFunctionOf(declared);
  const args = of && argumentsFor(of, call, bound, report);
  if (of === undefined || args === undefined) return undefined;
  const { name, hash, deterministic, returns } = of;
  const type = of.kind === 'table' ? ({ kind: 'array', element: returns, nullable: false } as const) : returns;
  return { kind: 'user-call', function: { name, hash }, deterministic, args, type };
}

/** As many as declared, each cast to its parameter where a cast loses nothing. */
export function argumentsFor(
  of: UserFunction,
  call: FunctionCall,
  bound: readonly Expression[],
  report: Report,
): readonly Expression[] | undefined {
  const { parameters } = of;
  if (call.star) return report.error('sql.wrong-arguments', call, `${of.name}(*) is not defined.`);
  if (bound.length !== parameters.length) {
    const count = `${parameters.length} argument${parameters.length === 1 ? '' : 's'}`;
    const message = `${of.name} takes ${count}, not ${bound.length}: ${formatSignature(of)}.`;
    return report.error('sql.wrong-arguments', call, message);
  }
  const cast = bound.map((arg, at) => argumentFor(of, at, arg, call, report));
  const known = cast.filter((arg) => arg !== undefined);
  return known.length === cast.length ? known : undefined;
}

function argumentFor(
  of: UserFunction,
  at: number,
  arg: Expression,
  call: FunctionCall,
  report: Report,
): Expression | undefined {
  const parameter = of.parameters[at];
  if (parameter === undefined) return undefined;
  const type = withNullable(parameter.type, true);
  const wanted = `Argument ${at + 1} of ${of.name}, ${parameter.name}, is ${typeName({ kind: 'literal', value: null, type })}`;
  const span = call.args[at] ?? call;
  if (!isUntypedNull(arg) && !castsImplicitly(arg.type, type))
    return report.error('sql.type-mismatch', span, `${wanted}, not ${typeName(arg)}: use CAST.`);
  if (!parameter.type.nullable && arg.type.nullable)
    return report.error('sql.type-mismatch', span, `${wanted} NOT NULL, and this may be NULL: use COALESCE.`);
  return coerce(arg, type);
}
