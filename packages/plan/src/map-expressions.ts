import type { AggregateCall, Expression } from './expression.ts';
import type { LogicalNode } from './logical-plan.ts';
import type { MatchExpression } from './nodes/match.ts';

/** The node with `change` made of each of its expressions, types as they were. Pure. */
export function mapExpressions(node: LogicalNode, change: (expression: Expression) => Expression): LogicalNode {
  const ofCall = (call: AggregateCall): AggregateCall => ({
    ...call,
    arg: call.arg && change(call.arg),
    filter: call.filter && change(call.filter),
  });
  const ofMatch = ({ terms, expression }: MatchExpression): MatchExpression => ({
    terms: terms.map(({ take, ...term }) => ({
      ...term,
      take:
        take.kind === 'aggregate'
          ? { ...take, call: ofCall(take.call) }
          : { ...take, expression: change(take.expression) },
    })),
    expression: change(expression),
  });
  switch (node.kind) {
    case 'source': {
      const { filter } = node;
      if (filter === undefined) return node;
      const condition = change(filter.condition);
      const { eventTime } = filter;
      if (eventTime === undefined) return { ...node, filter: { condition } };
      return { ...node, filter: { condition, eventTime: { ...eventTime, value: change(eventTime.value) } } };
    }
    case 'filter':
      return { ...node, predicate: change(node.predicate) };
    case 'project':
      return { ...node, expressions: node.expressions.map(change) };
    case 'expand':
      return { ...node, projections: node.projections.map((projection) => projection.map(change)) };
    case 'watermark':
      return node.expression === undefined ? node : { ...node, expression: change(node.expression) };
    case 'unnest':
      return { ...node, collection: change(node.collection) };
    case 'window-aggregate':
    case 'group-aggregate':
    case 'over-aggregate':
      return { ...node, calls: node.calls.map(ofCall) };
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
    case 'lookup-join':
      return { ...node, condition: node.condition && change(node.condition) };
    case 'match': {
      const definitions = Object.entries(node.definitions).map(([name, part]) => [name, ofMatch(part)]);
      return { ...node, definitions: Object.fromEntries(definitions), measures: node.measures.map(ofMatch) };
    }
    default:
      return node;
  }
}
