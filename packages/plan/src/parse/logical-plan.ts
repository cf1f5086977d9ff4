import { type OperatorId, StreamError } from '@millrace/model';
import { inputsOf, type LogicalNode, type LogicalPlan } from '../logical-plan.ts';
import type { UserFunction } from '../user-function.ts';
import { JsonReader } from './json-reader.ts';
import { readNode } from './node.ts';
import { checkCalls, readFunctions } from './user-functions.ts';

/** No job is this large; a bound for whoever walks the plan. */
const NODES_MAX = 5_000;

/**
 * JSON to a LogicalPlan that an engine can trust: ids are unique, inputs stand before their readers, every column index
 * exists and has the type its reader expects, schemas are what each kind of node gives. Called where a plan
 * enters a process. Throws StreamError `plan.invalid` (user, never retried) with all reasons.
 */
export function parseLogicalPlan(json: unknown): LogicalPlan {
  const reader = new JsonReader();
  const plan = reader.object(json, 'plan');
  const functions = readFunctions(reader, plan?.functions);
  const nodes = plan && readNodes(reader, plan, functions);
  if (nodes !== undefined && reader.reasons.length === 0)
    return { nodes, ...(functions.size === 0 ? {} : { functions: [...functions.values()] }) };
  const message = `The plan is not valid. ${reader.reasons.join('; ')}.`;
  throw new StreamError('plan.invalid', message, { domain: 'user', retry: 'never' });
}

function readNodes(
  reader: JsonReader,
  plan: Readonly<Record<string, unknown>>,
  functions: ReadonlyMap<string, UserFunction>,
): readonly LogicalNode[] | undefined {
  const items = reader.array(plan.nodes, 'plan.nodes');
  if (items === undefined) return undefined;
  if (items.length > NODES_MAX) return reader.refuse('plan.nodes', `must not hold more than ${NODES_MAX} nodes`);
  if (items.length === 0) return reader.refuse('plan.nodes', 'must not be empty');
  const known = new Map<OperatorId, LogicalNode>();
  const refused = new Set<unknown>();
  const nodes = items.flatMap((item, at) => {
    const node = readNode(reader, item, `plan.nodes[${at}]`, known, refused);
    if (node === undefined) {
      if (typeof item === 'object' && item !== null && 'id' in item) refused.add(item.id);
      return [];
    }
    if (known.has(node.id)) reader.refuse(`plan.nodes[${at}].id`, `${node.id} is used twice`);
    checkCalls(reader, node, functions, `plan.nodes[${at}]`);
    known.set(node.id, node);
    return [node];
  });
  if (nodes.length === items.length && !nodes.some((node) => node.kind === 'sink'))
    reader.refuse('plan.nodes', 'must hold a sink');
  refuseDeadEnds(reader, nodes, items.length);
  return nodes;
}

/** Rows that go nowhere are a mistake of whoever made the plan. */
function refuseDeadEnds(reader: JsonReader, nodes: readonly LogicalNode[], expected: number): void {
  if (nodes.length < expected) return;
  const read = new Set(nodes.flatMap(inputsOf));
  for (const node of nodes) {
    if (node.kind !== 'sink' && !read.has(node.id)) reader.refuse(node.id, 'is read by no other node');
  }
}
