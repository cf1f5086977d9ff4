import { type DataType, multisetType } from '@millrace/model';
import {
  AGGREGATE_FUNCTIONS,
  type AggregateCall,
  type AggregateFunction,
  type Expression,
  type UserFunction,
} from '@millrace/plan';
import type { Expr, FunctionCall } from '../ast.ts';
import { childrenOf } from '../ast-walk.ts';
import { bindParameter } from './aggregate-parameter.ts';
import { presentRow, weightedRow } from './aggregate-row.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { comparable } from './comparable.ts';
import { userFunctionOf } from './create-function.ts';
import { argumentsFor, declaredOf } from './declared-call.ts';
import { bindCondition, bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { bindJsonAggregate, isJsonAggregate } from './json-aggregate.ts';
import { withoutNulls } from './null-treatment.ts';
import { averageType, isConstructed, isInteger, isNumeric, sumType, withNullable } from './type-rule.ts';

/** How each aggregate of the dialect is called; what stands for nothing in SQL (`single_value`) is absent. */
const SHAPES: Readonly<
  Record<
    Exclude<AggregateFunction, 'single_value' | 'lag' | 'user'>,
    { readonly takes: 'number' | 'comparable' | 'string' | 'any' }
  >
> = {
  count: { takes: 'any' },
  sum: { takes: 'number' },
  avg: { takes: 'number' },
  min: { takes: 'comparable' },
  max: { takes: 'comparable' },
  stddev_pop: { takes: 'number' },
  stddev_samp: { takes: 'number' },
  var_pop: { takes: 'number' },
  var_samp: { takes: 'number' },
  first_value: { takes: 'any' },
  last_value: { takes: 'any' },
  listagg: { takes: 'string' },
  array_agg: { takes: 'any' },
  collect: { takes: 'any' },
  approx_count_distinct: { takes: 'any' },
  percentile: { takes: 'number' },
};
type SqlAggregate = keyof typeof SHAPES;

/** An aggregate of a query: what is computed, and what becomes of it. */
export interface BoundAggregate {
  readonly call: AggregateCall;
  readonly finish: (result: Expression) => Expression;
}

/** Flink's other spellings. */
const ALIASES: Readonly<Record<string, SqlAggregate>> = {
  stddev: 'stddev_samp',
  variance: 'var_samp',
  // Texts put together: see bindJsonAggregate.
  json_arrayagg: 'listagg',
  json_objectagg: 'listagg',
};

/** Numbers whose spread and percentiles are doubles. */
const AS_DOUBLE: ReadonlySet<SqlAggregate> = new Set([
  'stddev_pop',
  'stddev_samp',
  'var_pop',
  'var_samp',
  'percentile',
]);

export function aggregateOf(call: FunctionCall): SqlAggregate | 'user' | undefined {
  const declared = declaredOf(call);
  if (declared !== undefined) return declared !== 'broken' && declared.of === 'aggregate' ? 'user' : undefined;
  const name = call.name.text.toLowerCase();
  const known = AGGREGATE_FUNCTIONS.find((candidate) => candidate === name);
  if (known === undefined) return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  return known === 'single_value' || known === 'lag' || known === 'user' ? undefined : known;
}

/** An aggregate stands in the expression, outside of OVER and of inner queries. */
export function containsAggregate(expr: Expr): boolean {
  if (expr.kind === 'call' && expr.over === undefined && aggregateOf(expr) !== undefined) return true;
  return childrenOf(expr).some(containsAggregate);
}

/** A call bound over the columns in scope; undefined after a report. */
export function bindAggregate(
  call: FunctionCall,
  name: SqlAggregate | 'user',
  context: ExpressionContext,
): BoundAggregate | undefined {
  if (isJsonAggregate(call)) {
    const filter = call.filter && bindCondition(call.filter, 'FILTER', context);
    if (call.filter !== undefined && filter === undefined) return undefined;
    const args = call.args.map((arg) => bindOperand(call, arg, context));
    const known = args.filter((arg) => arg !== undefined);
    return known.length < args.length ? undefined : bindJsonAggregate(call, known, filter, context.report);
  }
  const bound = name === 'user' ? bindDeclaredAggregate(call, context)?.call : bindPlain(call, name, context);
  return bound && { call: bound, finish: (result) => result };
}

function bindPlain(call: FunctionCall, name: SqlAggregate, context: ExpressionContext): AggregateCall | undefined {
  const { report } = context;
  const title = call.name.text.toUpperCase();
  const filter = call.filter && bindCondition(call.filter, 'FILTER', context);
  if (call.filter !== undefined && filter === undefined) return undefined;
  if (call.star) {
    if (name === 'count') return { name, arg: undefined, filter, type: { kind: 'bigint', nullable: false } };
    return report.error('sql.wrong-arguments', call, `${title}(*) is not defined: name a column.`);
  }
  const parameter = bindParameter(call, name, report);
  const single = bindArgument(call, name, context);
  const arg = single && parameter && withMore(single, call, name, context);
  if (arg === undefined || parameter === undefined) return undefined;
  const passing = withoutNulls(call, name, arg, filter, report);
  if (passing === 'refused') return undefined;
  // As in Flink, DISTINCT changes nothing for these.
  const isDistinct = call.distinct !== undefined && !['min', 'max', 'approx_count_distinct'].includes(name);
  const distinct = isDistinct ? { distinct: true as const } : {};
  const type = resultType(name, arg, passing !== undefined);
  const isList = typeof parameter.parameter === 'object';
  const element = withNullable(type, false);
  return {
    name,
    arg,
    filter: passing,
    ...distinct,
    ...parameter,
    type: isList ? { kind: 'array', element, nullable: type.nullable } : type,
  };
}

/** An aggregate the script declares: its arguments as one ROW. */
export function bindDeclaredAggregate(
  call: FunctionCall,
  context: ExpressionContext,
): { readonly call: AggregateCall; readonly of: UserFunction } | undefined {
  const { report } = context;
  const declared = declaredOf(call);
  const of = declared === undefined || declared === 'broken' ? undefined : userFunctionOf(declared);
  const inner = call.args.find(containsAggregate);
  if (inner !== undefined) {
    const message = `An aggregate inside ${call.name.text}: aggregate in FROM (SELECT ...) first.`;
    return report.error('sql.invalid-aggregate', inner, message);
  }
  const filter = call.filter && bindCondition(call.filter, 'FILTER', context);
  const bound = call.args.map((arg) => bindExpression(arg, context));
  const known = bound.filter((arg) => arg !== undefined);
  if (of === undefined || known.length < bound.length) return undefined;
  const args = argumentsFor(of, call, known, report);
  if (args === undefined || (call.filter !== undefined && filter === undefined)) return undefined;
  const fields = of.parameters.map(({ name, type }, at) => ({ name, type: args[at]?.type ?? type }));
  const arg: Expression = { kind: 'call', name: 'row', args, type: { kind: 'row', fields, nullable: false } };
  const distinct = call.distinct === undefined ? {} : { distinct: true as const };
  const named = { function: { name: of.name, hash: of.hash } };
  return { of, call: { name: 'user', arg, filter, ...distinct, ...named, type: of.returns } };
}

/** COUNT(a, b): rows where none is NULL. PERCENTILE(x, fraction, frequency): a ROW of both where the row counts. */
function withMore(
  first: Expression,
  call: FunctionCall,
  name: SqlAggregate,
  context: ExpressionContext,
): Expression | undefined {
  const more = name === 'count' ? call.args.slice(1) : name === 'percentile' ? call.args.slice(2) : [];
  if (name === 'approx_count_distinct') return comparable(first);
  const bound = more.map((expr) => bindOperand(call, expr, context));
  const known = bound.filter((arg) => arg !== undefined);
  if (known.length < bound.length) return undefined;
  const [frequency] = known;
  if (frequency === undefined) return first;
  if (name === 'count') return presentRow([first, ...known]);
  if (isInteger(frequency.type)) return weightedRow(first, frequency);
  const message = `How often a value counts in PERCENTILE is a whole number, not ${typeName(frequency)}: use CAST.`;
  return context.report.error('sql.type-mismatch', more[0] ?? call, message);
}

/** An argument without aggregates inside. */
function bindOperand(call: FunctionCall, expr: Expr, context: ExpressionContext): Expression | undefined {
  if (!containsAggregate(expr)) return bindExpression(expr, context);
  const message = `An aggregate inside ${call.name.text.toUpperCase()}: aggregate in FROM (SELECT ...) first.`;
  return context.report.error('sql.invalid-aggregate', expr, message);
}

function bindArgument(call: FunctionCall, name: SqlAggregate, context: ExpressionContext): Expression | undefined {
  const { report } = context;
  const title = call.name.text.toUpperCase();
  const [expr] = call.args;
  if (expr === undefined) return undefined;
  const arg = bindOperand(call, expr, context);
  if (arg === undefined) return undefined;
  const { takes } = SHAPES[name];
  const isWrong =
    isUntypedNull(arg) ||
    (takes === 'number' && !isNumeric(arg.type)) ||
    (takes === 'string' && arg.type.kind !== 'string') ||
    (takes === 'comparable' && isConstructed(arg.type));
  if (isWrong) {
    const wanted = { number: 'a number', string: 'STRING', comparable: COMPARABLE, any: COMPARABLE }[takes];
    return report.error('sql.type-mismatch', expr, `${title} takes ${wanted}, not ${typeName(arg)}: use CAST.`);
  }
  return AS_DOUBLE.has(name) ? coerce(arg, { kind: 'double', nullable: arg.type.nullable }) : arg;
}

const COMPARABLE = 'a value that can be compared';

/** As in Flink: every group has a row, so an aggregate of a NOT NULL argument is NOT NULL unless it is filtered. */
function resultType(name: SqlAggregate, arg: Expression, filtered: boolean): DataType {
  const nullable = arg.type.nullable || filtered;
  switch (name) {
    case 'count':
    case 'approx_count_distinct':
      return { kind: 'bigint', nullable: false };
    case 'sum':
      return withNullable(sumType(arg.type), nullable);
    case 'avg':
      return withNullable(averageType(arg.type), nullable);
    case 'array_agg':
      return { kind: 'array', element: arg.type, nullable: filtered };
    case 'collect':
      // Of no value it is the empty multiset, as in Flink.
      return multisetType(arg.type, false);
    case 'stddev_samp':
    case 'var_samp':
      // One row has no sample variance.
      return { kind: 'double', nullable: true };
    case 'percentile':
      return { kind: 'double', nullable };
    default:
      return withNullable(arg.type, nullable);
  }
}
