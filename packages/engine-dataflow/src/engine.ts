import type { Engine } from '@millrace/contracts';
import { JobMaster } from './master/job-master.ts';
import { planJob } from './planner.ts';
import type { CreateOperator } from './tasks/create-operator.ts';
import { serveWorker } from './worker.ts';

/** The dataflow engine over a set of operators. */
export function createDataflowEngine(createOperator: CreateOperator): Engine {
  return {
    name: 'dataflow',
    capabilities: {
      guarantees: ['at-least-once', 'exactly-once'],
      latencyMs: { typical: 20, worst: 200 },
    },
    plan: planJob,
    run: (job, plan, host, from) => new JobMaster(host, job, plan, from),
    serve: (host, signal) => serveWorker(host, createOperator, signal),
  };
}
