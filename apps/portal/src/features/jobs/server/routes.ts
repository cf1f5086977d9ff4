import {
  addVersion,
  createJob,
  deleteJob,
  getJob,
  listApplications,
  listCheckpoints,
  listContainers,
  listEvents,
  listJobs,
  listVersions,
  metricPoints,
  requestSavepoint,
  setDesiredState,
} from '@millrace/database';
import { JOB_STATUSES } from '@millrace/model';
import { jobSettingsSchema } from '@millrace/protocol';
import {
  applicationSchema,
  checkpointSchema,
  containerSchema,
  eventSchema,
  graphSchema,
  idParamSchema,
  jobDetailSchema,
  jobPageSchema,
  jobQuerySchema,
  metricQuerySchema,
  metricSeriesSchema,
  newJobSchema,
  newVersionSchema,
  okSchema,
  startJobSchema,
  versionSchema,
} from '@millrace/protocol/api';
import { z } from 'zod';
import { route } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { compileProgram } from '../../sql/server/compile-program.ts';
import { checkpointView, jobSummaryView } from './job-view.ts';
import { loadJob } from './load-job.ts';

const tag = (summary: string) => ({ summary, permission: 'read' as const, params: idParamSchema });
const items = <S extends z.ZodType>(schema: S) => z.object({ items: z.array(schema) });

route(
  {
    method: 'get',
    path: '/jobs',
    summary: 'Jobs: filtered, sorted, paged',
    permission: 'read',
    query: jobQuerySchema,
    answer: jobPageSchema,
  },
  async ({ query }) => {
    const statuses = query.status?.split(',').flatMap((word) => JOB_STATUSES.find((status) => status === word) ?? []);
    const { jobs, total } = await listJobs(database().client, {
      ...(query.q === undefined ? {} : { search: query.q }),
      ...(statuses === undefined || statuses.length === 0 ? {} : { statuses }),
      ...(query.queue === undefined ? {} : { queue: query.queue }),
      sort: query.sort,
      direction: query.direction,
      page: query.page,
      pageSize: query.pageSize,
    });
    const now = Date.now();
    return { items: jobs.map((job) => jobSummaryView(job, now)), total };
  },
);

route(
  {
    method: 'post',
    path: '/jobs',
    summary: 'Create a job with its version 1; compiles the SQL',
    permission: 'work',
    body: newJobSchema,
    answer: jobDetailSchema,
    status: 201,
  },
  async ({ body, caller, actor }) => {
    const plan = compileProgram(body.sql, body.settings);
    const input = {
      name: body.name,
      ownerId: caller?.user.id ?? '',
      sqlText: body.sql,
      settings: asSettings(body.settings),
      plan,
      ...comment(body.comment),
    };
    return loadJob(await database().transaction((transaction) => createJob(transaction, input, actor)));
  },
);

route({ method: 'get', path: '/jobs/{id}', ...tag('One job'), answer: jobDetailSchema }, ({ params }) =>
  loadJob(params.id),
);

route(
  {
    method: 'delete',
    path: '/jobs/{id}',
    ...tag('Delete a job; what runs of it is canceled'),
    permission: 'work',
    answer: okSchema,
  },
  async ({ params, actor }) => {
    await database().transaction((transaction) => deleteJob(transaction, params.id, actor));
    return { ok: true as const };
  },
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/versions',
    ...tag('Every edit of the program, newest first'),
    answer: items(versionSchema),
  },
  async ({ params }) => ({
    items: (await listVersions(database().client, params.id)).map(({ sqlText, createdAt, settings, ...row }) => ({
      ...row,
      sql: sqlText,
      settings: jobSettingsSchema.parse(settings),
      createdAt: createdAt.toISOString(),
    })),
  }),
);

route(
  {
    method: 'post',
    path: '/jobs/{id}/versions',
    ...tag('Save a new version; the next start runs it'),
    permission: 'work',
    body: newVersionSchema.extend({ basedOn: z.int().positive() }),
    answer: jobDetailSchema,
    status: 201,
  },
  async ({ params, body, actor }) => {
    const plan = compileProgram(body.sql, body.settings);
    const input = {
      jobId: params.id,
      basedOn: body.basedOn,
      sqlText: body.sql,
      settings: asSettings(body.settings),
      plan,
      ...comment(body.comment),
    };
    await database().transaction((transaction) => addVersion(transaction, input, actor));
    return loadJob(params.id);
  },
);

route(
  {
    method: 'post',
    path: '/jobs/{id}/start',
    ...tag('Start'),
    permission: 'work',
    body: startJobSchema,
    answer: jobDetailSchema,
  },
  async ({ params, body, actor }) => {
    const startFrom = typeof body.from === 'string' ? body.from : `checkpoint:${body.from.checkpoint}`;
    const input = {
      jobId: params.id,
      desired: 'running' as const,
      startFrom,
      ...(body.version === undefined ? {} : { version: body.version }),
    };
    await database().transaction((transaction) => setDesiredState(transaction, input, actor));
    return loadJob(params.id);
  },
);

route(
  {
    method: 'post',
    path: '/jobs/{id}/stop',
    ...tag('Stop with a savepoint'),
    permission: 'work',
    answer: jobDetailSchema,
  },
  async ({ params, actor }) => {
    await database().transaction((transaction) =>
      setDesiredState(transaction, { jobId: params.id, desired: 'suspended' }, actor),
    );
    return loadJob(params.id);
  },
);

route(
  {
    method: 'post',
    path: '/jobs/{id}/cancel',
    ...tag('Cancel now, without a savepoint'),
    permission: 'work',
    answer: jobDetailSchema,
  },
  async ({ params, actor }) => {
    await database().transaction((transaction) =>
      setDesiredState(transaction, { jobId: params.id, desired: 'canceled' }, actor),
    );
    return loadJob(params.id);
  },
);

route(
  {
    method: 'post',
    path: '/jobs/{id}/savepoints',
    ...tag('Ask for a savepoint; the job goes on'),
    permission: 'work',
    answer: z.object({ request: z.string() }),
    status: 201,
  },
  async ({ params, actor }) => ({
    request: await database().transaction((transaction) => requestSavepoint(transaction, params.id, actor)),
  }),
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/graph',
    ...tag('The running graph with figures per subtask'),
    answer: graphSchema.nullable(),
  },
  async ({ params }) => (await loadJob(params.id)).graph,
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/metrics',
    ...tag('Figures over time, at most 300 points'),
    query: metricQuerySchema,
    answer: metricSeriesSchema,
  },
  async ({ params, query }) => {
    const to = new Date(query.to ?? Date.now());
    const from = new Date(query.from ?? to.getTime() - 300_000);
    if (from >= to)
      throw new HttpError(422, 'request.invalid', 'from must be before to.', [
        { path: 'from', message: 'must be before to' },
      ]);
    const { bucketMs, points } = await metricPoints(database().client, params.id, { from, to });
    return {
      resolutionMs: bucketMs,
      points: points.map(({ at, values }) => ({ at: at.getTime(), values: values as Record<string, number> })),
    };
  },
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/checkpoints',
    ...tag('Checkpoints and savepoints, newest first'),
    answer: items(checkpointSchema),
  },
  async ({ params }) => ({
    items: (await listCheckpoints(database().client, params.id, { limit: 100 })).map(checkpointView),
  }),
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/containers',
    ...tag('Containers of the job, newest first'),
    answer: items(containerSchema),
  },
  async ({ params }) => {
    const rows = await listContainers(database().client, { jobId: params.id, limit: 100 });
    return { items: rows.map(containerView) };
  },
);

route(
  {
    method: 'get',
    path: '/jobs/{id}/applications',
    ...tag('Runs of the job, newest first'),
    answer: items(applicationSchema),
  },
  async ({ params }) => {
    const rows = await listApplications(database().client, params.id, 50);
    return {
      items: rows.map(({ id, version, attempt, phase, outcome, diagnostics, submittedAt, startedAt, endedAt }) => ({
        ...{ id, version, attempt, phase, outcome, diagnostics },
        submittedAt: submittedAt.toISOString(),
        startedAt: startedAt?.toISOString() ?? null,
        endedAt: endedAt?.toISOString() ?? null,
      })),
    };
  },
);

route(
  { method: 'get', path: '/jobs/{id}/events', ...tag('What happened, newest first'), answer: items(eventSchema) },
  async ({ params }) => {
    const job = await getJob(database().client, params.id);
    const rows = await listEvents(database().client, params.id, { limit: 200 });
    return {
      items: rows.map(({ id, at, kind, severity, message, jobId }) => ({
        id,
        at: at.toISOString(),
        kind,
        severity,
        message,
        jobId,
        jobName: job?.name ?? '',
      })),
    };
  },
);

function containerView(row: Awaited<ReturnType<typeof listContainers>>[number]) {
  const { id, applicationId, attempt, role, nodeId, resource, status, pid, exitCode, reason, rssBytes } = row;
  return {
    ...{ id, applicationId, attempt, role, node: nodeId, status, pid, exitCode, reason, rssBytes },
    ...resource,
    allocatedAt: row.allocatedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

function comment(text: string | undefined): { comment?: string } {
  return text === undefined ? {} : { comment: text };
}

/** The schema's output has plain strings where the model has branded ones. */
function asSettings(settings: z.output<typeof jobSettingsSchema>) {
  return settings as unknown as Parameters<typeof addVersion>[1]['settings'];
}
