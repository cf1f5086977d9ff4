import { applicationsApi } from './applications.ts';
import { auditApi } from './audit.ts';
import { checkpointsApi } from './checkpoints.ts';
import { containersApi } from './containers.ts';
import { eventsApi } from './events.ts';
import { graphApi } from './graph.ts';
import { healthApi } from './health.ts';
import { jobsApi } from './jobs.ts';
import { metricsApi } from './metrics.ts';
import { nodesApi } from './nodes.ts';
import { overviewApi } from './overview.ts';
import { isGranted, type RoleName } from './permission.ts';
import { queuesApi } from './queues.ts';
import { sessionApi } from './session.ts';
import { sqlApi } from './sql.ts';
import { topicsApi } from './topics.ts';
import { usersApi } from './users.ts';
import { versionsApi } from './versions.ts';

export * from './applications.ts';
export * from './audit.ts';
export * from './checkpoints.ts';
export * from './common.ts';
export * from './containers.ts';
export * from './endpoint.ts';
export * from './events.ts';
export * from './graph.ts';
export * from './jobs.ts';
export * from './metrics.ts';
export * from './nodes.ts';
export * from './overview.ts';
export * from './permission.ts';
export * from './queues.ts';
export * from './session.ts';
export * from './settings.ts';
export * from './sql.ts';
export * from './stream.ts';
export * from './topics.ts';
export * from './users.ts';
export * from './versions.ts';

/** Every operation of the REST API, by noun and verb. */
export const api = {
  health: healthApi,
  session: sessionApi,
  overview: overviewApi,
  jobs: jobsApi,
  versions: versionsApi,
  checkpoints: checkpointsApi,
  applications: applicationsApi,
  containers: containersApi,
  events: eventsApi,
  graph: graphApi,
  metrics: metricsApi,
  sql: sqlApi,
  queues: queuesApi,
  nodes: nodesApi,
  topics: topicsApi,
  users: usersApi,
  audit: auditApi,
} as const;

type Api = typeof api;

/** `jobs.stop`: one operation by noun and verb. */
export type OperationName = { [Noun in keyof Api]: `${Noun}.${keyof Api[Noun] & string}` }[keyof Api];

/** What a session of this role is told it may call. */
export function allowedOperations(role: RoleName): string[] {
  return Object.entries(api).flatMap(([noun, verbs]) =>
    Object.entries(verbs)
      .filter(([, { permission }]) => isGranted(role, permission))
      .map(([verb]) => `${noun}.${verb}`),
  );
}
