import type { ExecutionReport } from '@millrace/contracts';
import type { MasterHeartbeat } from '@millrace/protocol';

/** An `ExecutionReport` as it travels. What is no finite number is unknown: JSON has no word for it, the reader no use. */
export function reportMessage(report: ExecutionReport): NonNullable<MasterHeartbeat['report']> {
  return {
    graph: {
      vertices: report.graph.vertices.map(({ id, label, operators, parallelism, subtasks }) => ({
        id,
        label,
        parallelism,
        operators: operators.map((operator) => ({ ...operator })),
        subtasks: subtasks.map(({ subtask, status, container, metrics }) => ({
          subtask,
          status,
          ...(container === undefined ? {} : { container }),
          metrics: finite(metrics),
        })),
      })),
      edges: report.graph.edges.map(({ from, to, partitioning }) => ({ from, to, partitioning })),
    },
    metrics: finite(report.metrics),
  };
}

function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
