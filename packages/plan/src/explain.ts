import { type DataType, formatDataType, type Schema } from '@millrace/model';
import type { AggregateCall, Expression, LiteralExpression } from './expression.ts';
import { inputsOf, type LogicalNode, type LogicalPlan, type WindowSpec } from './logical-plan.ts';

/**
 * A plan as text, one node per paragraph in plan order: what the portal shows under "plan" and what golden
 * files hold. Columns appear by name, so that a change of column order shows.
 */
export function explainPlan(plan: LogicalPlan): string {
  const byId = new Map<string, LogicalNode>(plan.nodes.map((node) => [node.id, node]));
  return `${plan.nodes.map((node) => explainNode(node, byId)).join('\n')}\n`;
}

function explainNode(node: LogicalNode, byId: ReadonlyMap<string, LogicalNode>): string {
  const inputs = inputsOf(node);
  const columns = (byId.get(inputs[0] ?? '')?.schema ?? { fields: [] }).fields.map((field) => field.name);
  const from = inputs.length === 0 ? '' : ` <- ${inputs.join(', ')}`;
  const lines = [`${node.kind} ${node.id}${from}`, ...detailsOf(node, columns), `  gives ${formatSchema(node.schema)}`];
  return lines.join('\n');
}

function detailsOf(node: LogicalNode, columns: readonly string[]): readonly string[] {
  switch (node.kind) {
    case 'source':
    case 'sink': {
      const options = Object.entries(node.options).map(([key, value]) => `  '${key}' = '${value}'`);
      return [`  table ${node.table} (${node.connector})`, ...options];
    }
    case 'dead-letter':
    case 'union':
      return [];
    case 'filter':
      return [`  where ${formatExpression(node.predicate, columns)}`];
    case 'project':
      return node.expressions.map((expression, at) => {
        const name = node.schema.fields[at]?.name ?? '';
        const text = formatExpression(expression, columns);
        return text === name ? `  ${name}` : `  ${name} = ${text}`;
      });
    case 'watermark':
      return [`  ${columns[node.column] ?? '?'} - ${node.delayMs} ms, idle after ${node.idleTimeoutMs} ms`];
    case 'window-aggregate': {
      const keys = node.keys.map((key) => columns[key] ?? '?').join(', ') || '(none)';
      const window = `${formatWindow(node.window)} on ${columns[node.timeColumn] ?? '?'}`;
      return [
        `  window ${window}`,
        `  keys ${keys}`,
        ...node.calls.map((call) => `  ${formatAggregate(call, columns)}`),
      ];
    }
  }
}

function formatSchema(schema: Schema): string {
  const mark = (index: number) =>
    `${schema.eventTime === index ? ' *event time*' : ''}${schema.primaryKey?.includes(index) ? ' *key*' : ''}`;
  return schema.fields.map((field, index) => `${field.name} ${formatDataType(field.type)}${mark(index)}`).join(', ');
}

/** `TUMBLE(60000 ms)`, `HOP(slide 1000 ms, size 5000 ms)`, `CUMULATE(step 1000 ms, size 5000 ms)`. */
export function formatWindow(window: WindowSpec): string {
  const offset = window.offsetMs === 0 ? '' : `, offset ${window.offsetMs} ms`;
  switch (window.kind) {
    case 'tumble':
      return `TUMBLE(${window.sizeMs} ms${offset})`;
    case 'hop':
      return `HOP(slide ${window.slideMs} ms, size ${window.sizeMs} ms${offset})`;
    case 'cumulate':
      return `CUMULATE(step ${window.stepMs} ms, size ${window.maxSizeMs} ms${offset})`;
  }
}

/** `SUM(amount) FILTER (WHERE paid)`. */
export function formatAggregate(call: AggregateCall, columns: readonly string[]): string {
  const arg = call.arg === undefined ? '*' : formatExpression(call.arg, columns);
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${formatExpression(call.filter, columns)})`;
  return `${call.name.toUpperCase()}(${arg})${filter}`;
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
      return `${type.kind.toUpperCase()} '${isoTime(Number(value)).slice(0, -1).replace('T', ' ')}'`;
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

/** A time outside what Date can hold is shown as its number. */
function isoTime(ms: number): string {
  return Math.abs(ms) <= 8_640_000_000_000_000 ? new Date(ms).toISOString() : `${ms}`;
}
