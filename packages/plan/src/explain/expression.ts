import {
  type DataType,
  digitsBehindMs,
  formatDataType,
  isFineTimestamp,
  msOfTicks,
  type TimestampType,
} from '@millrace/model';
import type { AggregateCall, Expression, LiteralExpression } from '../expression.ts';
import type { UserFunctionRef } from '../user-function.ts';

/** `SUM(amount) FILTER (WHERE paid)`. */
export function formatAggregate(call: AggregateCall, columns: readonly string[]): string {
  if (call.function !== undefined) return formatUserAggregate(call, call.function, columns);
  const arg = call.arg === undefined ? '*' : formatExpression(call.arg, columns);
  const distinct = call.distinct === true ? 'DISTINCT ' : '';
  const parameter = call.parameter === undefined ? '' : `, ${JSON.stringify(call.parameter)}`;
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${formatExpression(call.filter, columns)})`;
  return `${call.name.toUpperCase()}(${distinct}${arg}${parameter})${filter}`;
}

/** `weighted_avg(price, quantity)`, then the hash of the body as a comment, because another body is another aggregate. */
function formatUserAggregate(call: AggregateCall, { name, hash }: UserFunctionRef, columns: readonly string[]): string {
  const { arg } = call;
  const parts = arg?.kind === 'call' ? arg.args : arg === undefined ? [] : [arg];
  const args = parts.map((part) => formatExpression(part, columns));
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${formatExpression(call.filter, columns)})`;
  return `${name}(${args.join(', ')}) /* ${hash} */${filter}`;
}

const INFIX = new Set(['=', '<>', '<', '<=', '>', '>=', 'and', 'or', '+', '-', '*', '/', '%', 'like']);

/** An expression in SQL's manner, columns by the names given (`$3` beyond them). */
export function formatExpression(expression: Expression, columns: readonly string[]): string {
  const format = (part: Expression) => formatExpression(part, columns);
  const inner = (part: Expression) => {
    const nested = part.kind === 'call' && INFIX.has(part.name);
    return nested ? `(${format(part)})` : format(part);
  };
  switch (expression.kind) {
    case 'column':
      return columns[expression.index] ?? `$${expression.index}`;
    case 'literal':
      return formatLiteral(expression);
    case 'cast':
      return `${expression.safe ? 'TRY_CAST' : 'CAST'}(${format(expression.arg)} AS ${formatTarget(expression.type)})`;
    case 'user-call':
      return `${expression.function.name}(${expression.args.map(format).join(', ')})`;
    case 'case': {
      const branches = expression.branches.map(({ when, value }) => `WHEN ${format(when)} THEN ${format(value)}`);
      return `CASE ${branches.join(' ')} ELSE ${format(expression.otherwise)} END`;
    }
    case 'call': {
      const [first, second] = expression.args;
      if (INFIX.has(expression.name) && first !== undefined && second !== undefined && expression.args.length === 2) {
        const associative = expression.name === 'and' && first.kind === 'call' && first.name === 'and';
        return `${associative ? format(first) : inner(first)} ${expression.name.toUpperCase()} ${inner(second)}`;
      }
      return `${expression.name.toUpperCase()}(${expression.args.map(format).join(', ')})`;
    }
  }
}

function formatTarget(type: DataType): string {
  return formatDataType({ ...type, nullable: true });
}

function formatLiteral({ value, type }: LiteralExpression): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'string':
      return `'${String(value).replaceAll("'", "''")}'`;
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE';
    case 'timestamp':
    case 'timestamp_ltz':
      return `${type.kind.toUpperCase()} '${timestampText(value, type)}'`;
    case 'date':
      return `DATE '${isoTime(Number(value) * 86_400_000).slice(0, 10)}'`;
    case 'time':
      return `TIME '${isoTime(Number(value)).slice(11, -1)}'`;
    case 'interval':
      return `INTERVAL '${value}' ${type.unit === 'months' ? 'MONTH' : 'MILLISECOND'}`;
    case 'bytes':
      return `BYTES '${value}'`;
    default:
      return String(value);
  }
}

function timestampText(value: string | number | boolean, type: TimestampType): string {
  if (!isFineTimestamp(type)) return isoTime(Number(value)).slice(0, -1).replace('T', ' ');
  const ticks = BigInt(value);
  return `${isoTime(msOfTicks(ticks, type)).slice(0, -1).replace('T', ' ')}${digitsBehindMs(ticks, type)}`;
}

/** A time outside what Date can hold is shown as its number. */
function isoTime(ms: number): string {
  return Math.abs(ms) <= 8_640_000_000_000_000 ? new Date(ms).toISOString() : `${ms}`;
}
