import { isSecretOption } from '@millrace/connectors/options';
import { planJob } from '@millrace/engine-dataflow/planner';
import type { JobSettings } from '@millrace/model';
import { type ConnectorOptions, explainPlan, type LogicalPlan } from '@millrace/plan';
import type { PlanView } from '@millrace/protocol/api';

/** What an engine would run for a plan, as a graph and in words, or why it refuses. Pure. */
export function planView(plan: LogicalPlan, settings: JobSettings): PlanView {
  const text = explainPlan(withoutSecrets(plan));
  const result = planJob(settings, plan);
  if (!result.ok) return { graph: null, text, reasons: [...result.reasons] };
  const { vertices, edges } = result.plan;
  return {
    graph: {
      vertices: vertices.map(({ id, label, chain, parallelism }) => ({
        id,
        label,
        parallelism,
        operators: chain.map((node) => ({ id: node.id, kind: node.kind, label: node.label })),
      })),
      edges: edges.map(({ from, to, partitioning }) => ({ from, to, partitioning: partitioning.kind })),
    },
    text,
    reasons: [],
  };
}

/** The same plan with every secret that somebody wrote into WITH (...) as `***`. */
function withoutSecrets(plan: LogicalPlan): LogicalPlan {
  return {
    ...plan,
    nodes: plan.nodes.map((node) =>
      'connector' in node ? { ...node, options: masked(node.connector, node.options) } : node,
    ),
  };
}

function masked(connector: string, options: ConnectorOptions): ConnectorOptions {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, isSecretOption(connector, key) ? '***' : value]),
  );
}
