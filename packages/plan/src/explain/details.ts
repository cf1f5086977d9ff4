import type { LogicalNode, SinkNode, SourceNode } from '../logical-plan.ts';
import type { OverFrame } from '../nodes/aggregate.ts';
import type { LookupJoinNode } from '../nodes/join.ts';
import type { MatchExpression, RowPattern } from '../nodes/match.ts';
import type { SortColumn } from '../nodes/node.ts';
import { formatAggregate, formatExpression } from './expression.ts';
import { formatWindow } from './window.ts';

/** What a step does, line by line; `left` and `right` name the columns of its inputs (a step with one input has only `left`). */
export function describeNode(node: LogicalNode, left: readonly string[], right: readonly string[]): readonly string[] {
  const name = (column: number | 'processing', of = left) =>
    column === 'processing' ? 'processing time' : (of[column] ?? '?');
  const names = (columns: readonly number[], of = left) =>
    columns.map((column) => name(column, of)).join(', ') || '(none)';
  const ttl = describeTtl(node);
  switch (node.kind) {
    case 'source':
    case 'sink': {
      const options = Object.entries(node.options).map(([key, value]) => `'${key}' = '${value}'`);
      return [`table ${node.table} (${node.connector})`, ...options, ...recordsOf(node), ...describeSourceFilter(node)];
    }
    case 'dead-letter':
    case 'union':
      return [];
    case 'filter':
      return [`where ${formatExpression(node.predicate, left)}`];
    case 'project':
      return node.expressions.map((expression, at) => {
        const field = node.schema.fields[at]?.name ?? '';
        const text = formatExpression(expression, left);
        return text === field ? field : `${field} = ${text}`;
      });
    case 'expand':
      return node.projections.map(
        (projection) => `row ${projection.map((part) => formatExpression(part, left)).join(', ')}`,
      );
    case 'unnest': {
      const flags = `${node.withOrdinality ? ' with ordinality' : ''}${node.outer ? ' or NULL' : ''}`;
      return [`of ${formatExpression(node.collection, left)}${flags}`];
    }
    case 'replicate':
      return [`as often as ${left.at(-1) ?? '?'}`];
    case 'watermark':
      return [
        `${node.expression === undefined ? name(node.column) : formatExpression(node.expression, left)} - ${node.delayMs} ms, idle after ${node.idleTimeoutMs} ms`,
        ...(node.maxAheadMs === undefined ? [] : [`at most ${node.maxAheadMs} ms ahead of the clock`]),
      ];
    case 'window-assign':
      return [`window ${formatWindow(node.window)} on ${name(node.timeColumn)}`];
    case 'window-aggregate':
      return [
        `window ${formatWindow(node.window)} on ${name(node.timeColumn)}`,
        `keys ${names(node.keys)}`,
        ...node.calls.map((call) => formatAggregate(call, left)),
      ];
    case 'group-aggregate':
      return [`keys ${names(node.keys)}`, ...node.calls.map((call) => formatAggregate(call, left)), ...ttl];
    case 'over-aggregate':
      return [
        `partition ${names(node.partition)} order ${name(node.time)} ${formatFrame(node.frame)}`,
        ...node.calls.map((call) => formatAggregate(call, left)),
        ...ttl,
      ];
    case 'rank': {
      const window = node.windowEnd === undefined ? [] : [`final when ${name(node.windowEnd)} has passed`];
      return [
        `places ${node.from} to ${node.to}${node.withRank ? ' with place' : ''}`,
        `partition ${names(node.partition)} order ${formatOrder(node.order, left)}`,
        ...window,
        ...ttl,
      ];
    }
    case 'deduplicate':
      return [`${node.keep} of ${names(node.keys)} by ${name(node.time)}`, ...ttl];
    case 'temporal-sort':
      return [
        `by ${[name(node.timeColumn), ...(node.order.length > 0 ? [formatOrder(node.order, left)] : [])].join(', ')}`,
      ];
    case 'limit':
      return [`${node.count} rows${node.offset > 0 ? ` after ${node.offset}` : ''}`];
    case 'changelog-normalize':
      return [`by ${names(node.keys)}`, ...ttl];
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join': {
      const pairs = node.leftKeys.map((key, at) => `${name(key)} = ${name(node.rightKeys[at] ?? -1, right)}`);
      const condition =
        node.condition === undefined ? [] : [`where ${formatExpression(node.condition, [...left, ...right])}`];
      return [
        `${node.type} on ${pairs.join(', ') || '(every pair)'}`,
        ...condition,
        ...timing(node, left, right),
        ...ttl,
      ];
    }
    case 'lookup-join':
      return [
        ...describeLookup(node, left),
        ...(node.rowKey === undefined ? [] : [`remembers by ${names(node.rowKey)}`]),
        ...ttl,
      ];
    case 'match':
      return [
        `partition ${names(node.partition)} order ${[name(node.time), ...(node.order.length > 0 ? [formatOrder(node.order, left)] : [])].join(', ')}`,
        `pattern ${formatPattern(node.pattern)}${node.withinMs === undefined ? '' : ` within ${node.withinMs} ms`}`,
        ...Object.entries(node.definitions).map(
          ([variable, part]) => `define ${variable} as ${formatMatch(part, left)}`,
        ),
        ...node.measures.map((part) => `measure ${formatMatch(part, left)}`),
        `after match ${node.afterMatch.kind}${'variable' in node.afterMatch ? ` ${node.afterMatch.variable}` : ''}`,
      ];
  }
}

function describeTtl(node: LogicalNode): readonly string[] {
  const told = (what: string, ms: number | undefined) =>
    ms === undefined ? [] : [`forgets ${what}${ms === 0 ? 'never' : `after ${ms} ms`}`];
  const all = 'stateTtlMs' in node ? told('', node.stateTtlMs) : [];
  if (node.kind !== 'join') return all;
  return [...all, ...told('left rows ', node.leftTtlMs), ...told('right rows ', node.rightTtlMs)];
}

/** As Flink shows a condition that its scan takes. */
function describeSourceFilter(node: LogicalNode): readonly string[] {
  if (node.kind !== 'source' || node.filter === undefined) return [];
  const columns = node.schema.fields.map((field) => field.name);
  return [`filter=[${formatExpression(node.filter.condition, columns)}]`];
}

/** Everything but the options, which may change without making the step another one. */
function describeLookup(node: LookupJoinNode, input: readonly string[]): readonly string[] {
  const table = node.columns.map((field) => `${node.table}.${field.name}`);
  const pairs = node.keys.map((key, at) => `${input[key] ?? '?'} = ${table[node.tableKeys[at] ?? -1] ?? '?'}`);
  const condition =
    node.condition === undefined ? [] : [`where ${formatExpression(node.condition, [...input, ...table])}`];
  return [`table ${node.table} (${node.connector})`, `${node.type} on ${pairs.join(', ')}`, ...condition];
}

type Join = Extract<LogicalNode, { readonly left: unknown }>;

function timing(node: Join, left: readonly string[], right: readonly string[]): readonly string[] {
  switch (node.kind) {
    case 'join':
      return [];
    case 'interval-join':
      return [
        `${right[node.rightTime] ?? '?'} - ${left[node.leftTime] ?? '?'} from ${node.lowerMs} to ${node.upperMs} ms`,
      ];
    case 'window-join':
      return [`final when ${left[node.leftWindowEnd] ?? '?'} has passed`];
    case 'temporal-join':
      return [`as of ${left[node.leftTime] ?? '?'}, versions by ${right[node.rightTime] ?? '?'}`];
  }
}

function formatFrame(frame: OverFrame): string {
  const length = frame.kind === 'rows' ? frame.preceding : frame.precedingMs;
  const unit = frame.kind === 'range' && length !== 'unbounded' ? ' ms' : '';
  return `${frame.kind} ${length}${unit} preceding`;
}

function formatOrder(order: readonly SortColumn[], columns: readonly string[]): string {
  return order
    .map(({ column, descending, nullsLast }) => {
      const nulls = nullsLast === descending ? '' : nullsLast ? ' nulls last' : ' nulls first';
      return `${columns[column] ?? '?'}${descending ? ' desc' : ''}${nulls}`;
    })
    .join(', ');
}

function formatPattern(pattern: RowPattern): string {
  switch (pattern.kind) {
    case 'variable':
      return pattern.name;
    case 'sequence':
      return pattern.parts.map(formatPattern).join(' ');
    case 'alternation':
      return `(${pattern.parts.map(formatPattern).join(' | ')})`;
    case 'repeat': {
      const part = pattern.part.kind === 'variable' ? pattern.part.name : `(${formatPattern(pattern.part)})`;
      return `${part}{${pattern.min},${pattern.max ?? ''}}${pattern.greedy ? '' : '?'}`;
    }
  }
}

function formatMatch({ terms, expression }: MatchExpression, columns: readonly string[]): string {
  const names = terms.map(({ variable, take }) => {
    if (take.kind === 'aggregate') return `${variable}: ${formatAggregate(take.call, columns)}`;
    const offset = take.offset > 0 ? `, ${take.offset}` : '';
    return `${take.kind.toUpperCase()}(${variable}: ${formatExpression(take.expression, columns)}${offset})`;
  });
  return formatExpression(expression, names);
}

function recordsOf(node: SourceNode | SinkNode): readonly string[] {
  if (node.kind === 'sink') return [];
  if (node.retract === true) return ['records are changes'];
  return node.upsert === true ? ['records are rows by key'] : [];
}
