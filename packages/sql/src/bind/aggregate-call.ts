import type { DataType } from '@millrace/model';
import {
  AGGREGATE_FUNCTIONS,
  type AggregateCall,
  type AggregateFunction,
  type Expression,
  type UserFunction,
} from '@millrace/plan';
import type { Expr, FunctionCall } from '../ast.ts';
import { childrenOf } from '../ast-walk.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { userFunctionOf } from './create-function.ts';
import { argumentsFor, declaredOf } from './declared-call.ts';
import { bindCondition, bindExpression, type ExpressionContext } from './expression.ts';
import { averageType, isConstructed, isNumeric, sumType, withNullable } from './type-rule.ts';

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
  approx_count_distinct: { takes: 'comparable' },
  percentile: { takes: 'number' },
};
type SqlAggregate = keyof typeof SHAPES;

/** Flink's other spellings. */
const ALIASES: Readonly<Record<string, SqlAggregate>> = { stddev: 'stddev_samp', variance: 'var_samp' };

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
export function bindAggregateCall(
  call: FunctionCall,
  name: SqlAggregate | 'user',
  context: ExpressionContext,
): AggregateCall | undefined {
  if (name === 'user') return bindDeclaredAggregate(call, context)?.call;
  const { report } = context;
  const title = call.name.text.toUpperCase();
  const filter = call.filter && bindCondition(call.filter, 'FILTER', context);
  if (call.filter !== undefined && filter === undefined) return undefined;
  if (call.star) {
    if (name === 'count') return { name, arg: undefined, filter, type: { kind: 'bigint', nullable: false } };
    return report.error('sql.wrong-arguments', call, `${title}(*) is not defined: name a column.`);
  }
  const parameter = bindParameter(call, name, context);
  const arg = bindArgument(call, name, context);
  if (arg === undefined || parameter === undefined) return undefined;
  // As in Flink, DISTINCT changes nothing for these.
  const isDistinct = call.distinct !== undefined && !['min', 'max', 'approx_count_distinct'].includes(name);
  const distinct = isDistinct ? { distinct: true as const } : {};
  return { name, arg, filter, ...distinct, ...parameter, type: resultType(name, arg, call.filter !== undefined) };
}

/** An aggregate the script declares: its arguments as one ROW. */
export function bindDeclaredAggregate(
  call: FunctionCall,
  context: ExpressionContext,
): { readonly call: AggregateCall; readonly of: UserFunction } | undefined {
  const { report } = context;
  const declared = declaredOf(call);
  const of = declared === undefined || declared === 'broken' ? undefined : userFunctionOf(declared);
  if (call.distinct !== undefined) {
    const message = `DISTINCT in ${call.name.text} is not supported yet; aggregate over FROM (SELECT DISTINCT ...).`;
    return report.error('sql.unsupported', call.distinct, message);
  }
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
  return { of, call: { name: 'user', arg, filter, function: { name: of.name, hash: of.hash }, type: of.returns } };
}

/** LISTAGG(text [, separator]) and PERCENTILE(number, fraction): the second argument is a constant. */
function bindParameter(call: FunctionCall, name: SqlAggregate, { report }: ExpressionContext) {
  const title = call.name.text.toUpperCase();
  const [, second, ...more] = call.args;
  const takes = name === 'percentile' ? '2 arguments' : name === 'listagg' ? '1 or 2 arguments' : '1 argument';
  const isWrong =
    call.args.length === 0 ||
    more.length > 0 ||
    (second === undefined && name === 'percentile') ||
    (second !== undefined && name !== 'percentile' && name !== 'listagg');
  if (isWrong) return report.error('sql.wrong-arguments', call, `${title} takes ${takes}, not ${call.args.length}.`);
  if (second === undefined) return {};
  if (name === 'listagg') {
    if (second.kind === 'string') return { parameter: second.value };
    return report.error('sql.type-mismatch', second, `The separator of ${title} is a text in quotes: ', '.`);
  }
  const fraction = second.kind === 'number' ? Number(second.text) : Number.NaN;
  if (fraction >= 0 && fraction <= 1) return { parameter: fraction };
  return report.error('sql.type-mismatch', second, `The percentage of ${title} is a number from 0 to 1: 0.95.`);
}

function bindArgument(call: FunctionCall, name: SqlAggregate, context: ExpressionContext): Expression | undefined {
  const { report } = context;
  const title = call.name.text.toUpperCase();
  const [expr] = call.args;
  if (expr === undefined) return undefined;
  if (containsAggregate(expr)) {
    const message = `An aggregate inside ${title}: aggregate in FROM (SELECT ...) first.`;
    return report.error('sql.invalid-aggregate', expr, message);
  }
  const arg = bindExpression(expr, context);
  if (arg === undefined) return undefined;
  const { takes } = SHAPES[name];
  const isWrong =
    isUntypedNull(arg) ||
    (takes === 'number' && !isNumeric(arg.type)) ||
    (takes === 'string' && arg.type.kind !== 'string') ||
    ((takes === 'comparable' || call.distinct !== undefined) && isConstructed(arg.type));
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
    case 'stddev_samp':
    case 'var_samp':
      // One row has no sample variance.
      return { kind: 'double', nullable: true };
    default:
      return withNullable(arg.type, nullable);
  }
}
