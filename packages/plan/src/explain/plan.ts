import { formatDataType, type Schema } from '@millrace/model';
import { type ChangelogMode, changelogOf } from '../changelog.ts';
import { inputsOf, type LogicalNode, type LogicalPlan } from '../logical-plan.ts';
import { formatSignature, type UserFunction } from '../user-function.ts';
import { describeNode } from './details.ts';

/**
 * A plan as text, one node per paragraph in plan order: what the portal shows under "plan" and what golden
 * files hold. Columns appear by name, so that a change of column order shows. A step that gives more than INSERTs says so.
 */
export function explainPlan(plan: LogicalPlan): string {
  const byId = new Map<string, LogicalNode>(plan.nodes.map((node) => [node.id, node]));
  const { modes } = changelogOf(plan);
  const functions = (plan.functions ?? []).map(explainFunction);
  const nodes = plan.nodes.map((node) => explainNode(node, byId, modes.get(node.id) ?? 'append'));
  return `${[...functions, ...nodes].join('\n')}\n`;
}

function explainFunction(of: UserFunction): string {
  const claims = [of.kind, ...(of.deterministic ? [] : ['not deterministic']), ...of.abilities];
  return `function ${formatSignature(of)}\n  ${claims.join(', ')}, body ${of.hash}`;
}

function explainNode(node: LogicalNode, byId: ReadonlyMap<string, LogicalNode>, mode: ChangelogMode): string {
  const inputs = inputsOf(node);
  const [first = [], second = []] = inputs.map((id) =>
    (byId.get(id)?.schema ?? { fields: [] }).fields.map((field) => field.name),
  );
  const from = inputs.length === 0 ? '' : ` <- ${inputs.join(', ')}`;
  const changes = mode === 'append' ? [] : [`  changes ${mode}`];
  const lines = [
    `${node.kind} ${node.id}${from}`,
    ...describeNode(node, first, second).map((line) => `  ${line}`),
    ...changes,
    `  gives ${formatSchema(node.schema)}`,
  ];
  return lines.join('\n');
}

function formatSchema(schema: Schema): string {
  const mark = (index: number) =>
    `${schema.eventTime === index ? ' *event time*' : ''}${schema.primaryKey?.includes(index) ? ' *key*' : ''}`;
  return schema.fields.map((field, index) => `${field.name} ${formatDataType(field.type)}${mark(index)}`).join(', ');
}
