import {
  addVersion,
  countCheckpoints,
  createJob,
  deleteJob,
  getJob,
  getVersion,
  listApplications,
  listCheckpoints,
  listContainers,
  listEvents,
  listJobs,
  listSavepointRequests,
  listVersions,
  metricPoints,
  renameJob,
  requestSavepoint,
  setDesiredState,
  totalMetricPoints,
} from '@millrace/database';
import { parseLogicalPlan } from '@millrace/plan';
import { jobSettingsSchema } from '@millrace/protocol';
import { api, settingsOf } from '@millrace/protocol/api';
import { serve } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { compileProgram } from '../../sql/server/compile-program.ts';
import { planView } from '../../sql/server/plan-view.ts';
import { compareWithNewest } from './compare-with-newest.ts';
import { applicationView, checkpointView, containerView, eventView, jobSummaryView } from './job-view.ts';
import { loadJob } from './load-job.ts';

serve(api.jobs.list, async ({ query }) => {
  const { q, status, queue, sort, direction, page, pageSize } = query;
  const { jobs, total } = await listJobs(database().client, {
    ...(q === undefined ? {} : { search: q }),
    ...(status === undefined || status.length === 0 ? {} : { statuses: status }),
    ...(queue === undefined ? {} : { queue }),
    sort,
    direction,
    page,
    pageSize,
  });
  const now = Date.now();
  return { items: jobs.map((job) => jobSummaryView(job, now)), total };
});

serve(api.jobs.create, async ({ body, caller, actor }) => {
  const settings = settingsOf(body.settings);
  const plan = await compileProgram(body.sql, settings);
  const input = {
    name: body.name,
    ownerId: caller?.user.id ?? '',
    sqlText: body.sql,
    settings,
    plan,
    ...comment(body.comment),
  };
  const id = await database().transaction((transaction) => createJob(transaction, input, actor));
  return { id, name: body.name, version: 1 };
});

serve(api.jobs.get, ({ params }) => loadJob(params.id));

serve(api.jobs.rename, async ({ params, body, actor }) => {
  await database().transaction((transaction) => renameJob(transaction, params.id, body.name, actor));
  return loadJob(params.id);
});

serve(api.jobs.remove, async ({ params, actor }) => {
  await database().transaction((transaction) => deleteJob(transaction, params.id, actor));
  return { ok: true as const };
});

serve(api.jobs.start, async ({ params, body, actor }) => {
  const startFrom = typeof body.from === 'string' ? body.from : `checkpoint:${body.from.checkpoint}`;
  const input = {
    jobId: params.id,
    desired: 'running' as const,
    startFrom,
    ...(body.version === undefined ? {} : { version: body.version }),
  };
  return { generation: await database().transaction((transaction) => setDesiredState(transaction, input, actor)) };
});

serve(api.jobs.stop, async ({ params, actor }) => ({
  generation: await database().transaction((transaction) =>
    setDesiredState(transaction, { jobId: params.id, desired: 'suspended' }, actor),
  ),
}));

serve(api.jobs.cancel, async ({ params, actor }) => ({
  generation: await database().transaction((transaction) =>
    setDesiredState(transaction, { jobId: params.id, desired: 'canceled' }, actor),
  ),
}));

serve(api.versions.list, async ({ params }) => ({
  items: (await listVersions(database().client, params.id)).map(({ sqlText, createdAt, settings, ...row }) => ({
    ...row,
    sql: sqlText,
    settings: jobSettingsSchema.parse(settings),
    createdAt: createdAt.toISOString(),
  })),
}));

serve(api.versions.plan, async ({ params }) => {
  const version = await getVersion(database().client, params.id, params.version);
  if (version === undefined) throw new HttpError(404, 'job.version-missing', 'There is no such version.');
  return planView(parseLogicalPlan(version.plan), settingsOf(jobSettingsSchema.parse(version.settings)));
});

serve(
  api.versions.compareState,
  async ({ params, body }) => {
    if ('sql' in body) {
      const plan = await compileProgram(body.sql, settingsOf(body.settings));
      return { comparison: await compareWithNewest(params.id, plan) };
    }
    const version = await getVersion(database().client, params.id, body.version);
    if (version === undefined) throw new HttpError(404, 'job.version-missing', 'There is no such version.');
    return { comparison: await compareWithNewest(params.id, parseLogicalPlan(version.plan)) };
  },
  300,
);

serve(api.versions.create, async ({ params, body, actor }) => {
  const settings = settingsOf(body.settings);
  const plan = await compileProgram(body.sql, settings);
  const basedOn = body.basedOn ?? (await getJob(database().client, params.id))?.latestVersion;
  if (basedOn === undefined) throw new HttpError(404, 'job.missing', 'There is no such job.');
  const input = { jobId: params.id, basedOn, sqlText: body.sql, settings, plan, ...comment(body.comment) };
  return { version: await database().transaction((transaction) => addVersion(transaction, input, actor)) };
});

serve(api.checkpoints.list, async ({ params, query }) => {
  const { limit, before, kind, status } = query;
  const { client } = database();
  const filter = {
    limit,
    ...(before === undefined ? {} : { before }),
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { status }),
  };
  const [rows, totals, requests] = await Promise.all([
    listCheckpoints(client, params.id, filter),
    countCheckpoints(client, params.id),
    listSavepointRequests(client, params.id, 10),
  ]);
  return {
    items: rows.map(checkpointView),
    totals,
    requests: requests.map(({ requestedAt, answeredAt, ...row }) => ({
      ...row,
      requestedAt: requestedAt.toISOString(),
      answeredAt: answeredAt?.toISOString() ?? null,
    })),
  };
});

serve(api.checkpoints.savepoint, async ({ params, actor }) => ({
  request: await database().transaction((transaction) => requestSavepoint(transaction, params.id, actor)),
}));

serve(api.containers.list, async ({ params }) => ({
  items: (await listContainers(database().client, { jobId: params.id, limit: 100 })).map(containerView),
}));

serve(api.applications.list, async ({ params }) => ({
  items: (await listApplications(database().client, params.id, 50)).map(applicationView),
}));

serve(api.events.list, async ({ params, query }) => {
  const { limit, before, severity } = query;
  const rows = await listEvents(database().client, params.id, {
    limit,
    ...(before === undefined ? {} : { before }),
    ...(severity === undefined ? {} : { severity }),
  });
  return { items: rows.map(eventView) };
});

serve(api.graph.get, async ({ params }) => {
  const { graph, reportAt } = await loadJob(params.id);
  return { graph, reportAt };
});

serve(api.metrics.ofJob, async ({ params, query }) => {
  const range = rangeOf(query);
  return series(range, await metricPoints(database().client, params.id, range));
});

serve(api.metrics.ofAllJobs, async ({ query }) => {
  const range = rangeOf(query);
  return series(range, await totalMetricPoints(database().client, range));
});

interface Range {
  readonly from: Date;
  readonly to: Date;
}

function rangeOf(query: { readonly from?: number | undefined; readonly to?: number | undefined }): Range {
  const to = new Date(query.to ?? Date.now());
  const from = new Date(query.from ?? to.getTime() - 15 * 60_000);
  if (from >= to)
    throw new HttpError(422, 'request.invalid', 'from must be before to.', [
      { path: 'from', message: 'must be before to' },
    ]);
  return { from, to };
}

function series(range: Range, { bucketMs, points }: Awaited<ReturnType<typeof metricPoints>>) {
  return {
    resolutionMs: bucketMs,
    from: range.from.getTime(),
    to: range.to.getTime(),
    points: points.map(({ at, values }) => ({ at: at.getTime(), values: values as Record<string, number> })),
  };
}

function comment(text: string | undefined): { comment?: string } {
  return text === undefined ? {} : { comment: text };
}
