import type { DataType } from '@millrace/model';
import type { Expression, ScalarFunction } from '@millrace/plan';
import type { TypeRef } from '../ast.ts';
import { coerce, isUntypedNull, typeName } from '../bind/coerce.ts';
import { isDatetime, isInteger, isNumeric, isTimestamp, withNullable } from '../bind/type-rule.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';

/** A call whose arguments are bound: what a function turns into an expression of the plan. */
export interface BoundCall {
  readonly name: string;
  readonly span: Span;
  readonly args: readonly Expression[];
  readonly argSpans: readonly Span[];
  /** RETURNING type of the JSON functions. */
  readonly returning?: TypeRef | undefined;
  readonly report: Report;
  /** Whether the argument is the event time of the rows; absent where a call does not stand over the rows of one table as they pass. */
  readonly isEventTime?: (arg: Expression) => boolean;
}

/** One SQL function: what the editor shows and what the binder does. */
export interface FunctionDefinition {
  /** Upper case. */
  readonly name: string;
  readonly group:
    | 'string'
    | 'math'
    | 'conditional'
    | 'json'
    | 'date and time'
    | 'collection'
    | 'hash'
    | 'aggregate'
    | 'window';
  /** As in Flink's documentation: `SUBSTRING(text STRING, from INT [, length INT]) -> STRING`. */
  readonly signatures: readonly string[];
  /** One sentence. */
  readonly help: string;
  /** Undefined when the arguments were refused (and reported). Absent for aggregates and group windows. */
  readonly bind?: (call: BoundCall) => Expression | undefined;
}

/** What an argument must be; it is cast to the type the evaluator expects. */
export type Parameter =
  | 'string'
  | 'integer'
  | 'bigint'
  | 'double'
  | 'numeric'
  | 'boolean'
  | 'bytes'
  | 'datetime'
  | 'timestamp'
  | 'any';

const TYPE_OF: Partial<Record<Parameter, DataType>> = {
  string: { kind: 'string', nullable: true },
  integer: { kind: 'integer', nullable: true },
  bigint: { kind: 'bigint', nullable: true },
  double: { kind: 'double', nullable: true },
  numeric: { kind: 'integer', nullable: true },
  boolean: { kind: 'boolean', nullable: true },
  bytes: { kind: 'bytes', nullable: true },
  datetime: { kind: 'timestamp', precision: 3, nullable: true },
  timestamp: { kind: 'timestamp', precision: 3, nullable: true },
};

const WORDS: Record<Parameter, string> = {
  string: 'STRING',
  integer: 'INT',
  bigint: 'BIGINT',
  double: 'a number',
  numeric: 'a number',
  boolean: 'BOOLEAN',
  bytes: 'BYTES',
  datetime: 'DATE, TIME or TIMESTAMP',
  timestamp: 'TIMESTAMP or TIMESTAMP_LTZ',
  any: 'any type',
};

function accepts(parameter: Parameter, type: DataType): boolean {
  switch (parameter) {
    case 'any':
      return true;
    case 'integer':
    case 'bigint':
      return isInteger(type);
    case 'double':
    case 'numeric':
      return isNumeric(type);
    case 'datetime':
      return isDatetime(type);
    case 'timestamp':
      return isTimestamp(type) || type.kind === 'date';
    default:
      return type.kind === parameter;
  }
}

/**
 * Checks count and types against `parameters` (the first `required` of them must be there; the last one repeats when
 * `repeats`) and casts. Undefined after a report.
 */
export function matchArguments(
  call: BoundCall,
  parameters: readonly Parameter[],
  { required = parameters.length, repeats = false }: { readonly required?: number; readonly repeats?: boolean } = {},
): readonly Expression[] | undefined {
  const { args, report, name } = call;
  if (args.length < required || (!repeats && args.length > parameters.length)) {
    const most = repeats ? 'or more' : `to ${parameters.length}`;
    const count = required === parameters.length && !repeats ? `${required}` : `${required} ${most}`;
    const takes = parameters.length === 0 ? 'no arguments' : `${count} argument${count === '1' ? '' : 's'}`;
    return report.error('sql.wrong-arguments', call.span, `${name} takes ${takes}, not ${args.length}.`);
  }
  const matched = args.map((arg, at) => {
    const parameter = parameters[Math.min(at, parameters.length - 1)] ?? 'any';
    const type = TYPE_OF[parameter];
    if (isUntypedNull(arg)) return type === undefined ? arg : coerce(arg, type);
    if (!accepts(parameter, arg.type)) {
      const remedy = type === undefined || parameter === 'numeric' ? '' : ': use CAST';
      const message = `Argument ${at + 1} of ${name} is ${WORDS[parameter]}, not ${typeName(arg)}${remedy}.`;
      return report.error('sql.type-mismatch', call.argSpans[at] ?? call.span, message);
    }
    const keeps = parameter === 'numeric' || parameter === 'datetime' || parameter === 'any' || type === undefined;
    if (keeps || (parameter === 'timestamp' && isTimestamp(arg.type))) return arg;
    return coerce(arg, type);
  });
  const known = matched.filter((arg) => arg !== undefined);
  return known.length === matched.length ? known : undefined;
}

export function anyNullable(args: readonly Expression[]): boolean {
  return args.some((arg) => arg.type.nullable);
}

/** A call that is NULL exactly when an argument is. */
export function strictCall(name: ScalarFunction, args: readonly Expression[], type: DataType): Expression {
  return { kind: 'call', name, args, type: withNullable(type, anyNullable(args)) };
}

/** A call that may be NULL by itself: no match, no such path, not a date. */
export function nullableCall(name: ScalarFunction, args: readonly Expression[], type: DataType): Expression {
  return { kind: 'call', name, args, type: withNullable(type, true) };
}
