import { type DesiredState, type JobSettings, StreamError } from '@millrace/model';
import { notifyChange } from '../changes.ts';
import type { Queryable } from '../client.ts';
import { refusalOf } from '../desired-state.ts';
import { json } from '../json.ts';
import { desiredState, jobStatus } from '../words.ts';
import { type Actor, recordAudit } from './audit.ts';
import { recordEvent } from './events.ts';
import { writeOutbox } from './outbox.ts';

/** All of these run inside a transaction of the caller: change, event, audit and wake-up exist together or not at all. */

export interface ProgramInput {
  readonly sqlText: string;
  readonly settings: JobSettings;
  /** LogicalPlan compiled from `sqlText`. */
  readonly plan: unknown;
  readonly comment?: string;
}

export interface NewJob extends ProgramInput {
  readonly name: string;
  readonly ownerId: string;
}

/** A job with its version 1, not started. Throws `job.name-taken`, `queue.missing`, `queue.not-a-leaf`. */
export async function createJob(transaction: Queryable, input: NewJob, actor: Actor): Promise<string> {
  const taken = await transaction.job.findUnique({ where: { name: input.name }, select: { id: true } });
  if (taken !== null) throw refused('job.name-taken', `There is already a job "${input.name}". Choose another name.`);
  await assertLeaf(transaction, input.settings.queue);
  const { id } = await transaction.job.create({
    data: {
      name: input.name,
      ownerId: input.ownerId,
      queueName: input.settings.queue,
      desiredVersion: 1,
      versions: { create: { version: 1, createdBy: actor.name, ...program(input) } },
    },
  });
  await recordEvent(transaction, { jobId: id, kind: 'user', message: `${actor.name} created the job` });
  await recordAudit(transaction, {
    actor,
    action: 'job.create',
    resource: `job/${id}`,
    after: { name: input.name, sqlText: input.sqlText, settings: input.settings },
  });
  await notifyChange(transaction, { what: 'job', job: id });
  return id;
}

/**
 * A new version, which the next start runs. `basedOn` is the newest version the author saw: another
 * one in between is `job.changed-meanwhile`, and nothing is written. Returns the new number.
 */
export async function addVersion(
  transaction: Queryable,
  input: ProgramInput & { readonly jobId: string; readonly basedOn: number },
  actor: Actor,
): Promise<number> {
  const { jobId, basedOn } = input;
  await lockJob(transaction, jobId);
  const { _max } = await transaction.jobVersion.aggregate({ where: { jobId }, _max: { version: true } });
  const latest = _max.version ?? 0;
  if (latest !== basedOn)
    throw refused('job.changed-meanwhile', `Version ${latest} was saved meanwhile. Compare with it, then save again.`);
  await assertLeaf(transaction, input.settings.queue);
  const version = latest + 1;
  await transaction.jobVersion.create({ data: { jobId, version, createdBy: actor.name, ...program(input) } });
  await transaction.job.update({
    where: { id: jobId },
    data: { desiredVersion: version, queueName: input.settings.queue },
  });
  await recordEvent(transaction, { jobId, kind: 'user', message: `${actor.name} saved version ${version}` });
  await recordAudit(transaction, {
    actor,
    action: 'job.version',
    resource: `job/${jobId}`,
    after: { version, sqlText: input.sqlText, settings: input.settings, comment: input.comment ?? null },
  });
  await notifyChange(transaction, { what: 'job', job: jobId });
  return version;
}

export interface DesiredStateInput {
  readonly jobId: string;
  readonly desired: DesiredState;
  /** Starts only: which version; absent: the newest. */
  readonly version?: number;
  /** Starts only: `latest` (default), `none` or `checkpoint:<id>`; holds for this start alone. */
  readonly startFrom?: string;
}

const SENTENCES: Readonly<Record<DesiredState, string>> = {
  running: 'started the job',
  suspended: 'asked to stop the job with a savepoint',
  canceled: 'canceled the job',
};

/**
 * Says what the owner wants now and wakes the scheduler; returns the new generation. Throws
 * `job.missing`, `job.move-refused`, `job.version-missing`, `job.checkpoint-missing`.
 */
export async function setDesiredState(transaction: Queryable, input: DesiredStateInput, actor: Actor): Promise<number> {
  const { jobId, desired } = input;
  const job = await lockJob(transaction, jobId);
  const pendingStart = job.desiredState === 'running' && job.desiredGeneration > job.observedGeneration;
  const refusal =
    desired === 'running' && pendingStart
      ? 'The job is already starting.'
      : desired === 'canceled' && pendingStart
        ? undefined
        : refusalOf(jobStatus(job.status), desired);
  if (refusal !== undefined) throw refused('job.move-refused', refusal);

  const start = desired === 'running' ? await startOf(transaction, input, job.desiredVersion) : undefined;
  const { desiredGeneration } = await transaction.job.update({
    where: { id: jobId },
    data: { desiredState: desired, desiredGeneration: { increment: 1 }, ...start },
  });
  const from =
    start === undefined
      ? ''
      : `, version ${start.desiredVersion}${start.startFrom === 'latest' ? '' : ` from ${startName(start.startFrom)}`}`;
  await recordEvent(transaction, { jobId, kind: 'user', message: `${actor.name} ${SENTENCES[desired]}${from}` });
  await recordAudit(transaction, {
    actor,
    action: `job.${desired === 'running' ? 'start' : desired === 'suspended' ? 'suspend' : 'cancel'}`,
    resource: `job/${jobId}`,
    before: { desired: desiredState(job.desiredState) ?? null, status: job.status },
    after: { desired, ...start },
  });
  await wake(transaction, jobId);
  return desiredGeneration;
}

/** Asks the running job for a savepoint without stopping it; returns the request's id. Throws `job.missing`, `job.not-running`. */
export async function requestSavepoint(transaction: Queryable, jobId: string, actor: Actor): Promise<string> {
  const job = await lockJob(transaction, jobId);
  if (job.status !== 'running')
    throw refused('job.not-running', `The job is ${job.status}; a savepoint can be taken while it is running.`);
  const { id } = await transaction.savepointRequest.create({ data: { jobId, requestedBy: actor.name } });
  await recordEvent(transaction, { jobId, kind: 'user', message: `${actor.name} asked for a savepoint` });
  await recordAudit(transaction, { actor, action: 'job.savepoint', resource: `job/${jobId}`, after: { request: id } });
  await wake(transaction, jobId);
  return id;
}

/** Hides the job and gives its name free. The scheduler cancels what runs of it. Throws `job.missing`. */
export async function deleteJob(transaction: Queryable, jobId: string, actor: Actor): Promise<void> {
  const job = await lockJob(transaction, jobId);
  await transaction.job.update({
    where: { id: jobId },
    data: {
      deletedAt: new Date(),
      name: `${job.name} (deleted ${jobId})`,
      desiredState: 'canceled',
      desiredGeneration: { increment: 1 },
    },
  });
  await recordEvent(transaction, { jobId, kind: 'user', message: `${actor.name} deleted the job` });
  await recordAudit(transaction, { actor, action: 'job.delete', resource: `job/${jobId}`, before: { name: job.name } });
  await wake(transaction, jobId);
}

/** Tells the screens, and the scheduler by way of the outbox (`WakeUp` of the protocol). */
async function wake(transaction: Queryable, jobId: string): Promise<void> {
  await writeOutbox(transaction, { jobId, reason: 'job-changed' });
  await notifyChange(transaction, { what: 'job', job: jobId });
}

interface LockedJob {
  readonly name: string;
  readonly status: string;
  readonly desiredState: string | null;
  readonly desiredGeneration: number;
  readonly observedGeneration: number;
  readonly desiredVersion: number | null;
}

async function lockJob(transaction: Queryable, jobId: string): Promise<LockedJob> {
  const [job] = await transaction.$queryRaw<LockedJob[]>`
    select name, status, "desiredState", "desiredGeneration", "observedGeneration", "desiredVersion"
      from "Job" where id = ${jobId} and "deletedAt" is null for no key update`;
  if (job === undefined) throw refused('job.missing', 'This job does not exist or was deleted.');
  return job;
}

async function startOf(
  transaction: Queryable,
  { jobId, version, startFrom = 'latest' }: DesiredStateInput,
  desiredVersion: number | null,
): Promise<{ readonly desiredVersion: number; readonly startFrom: string; readonly queueName: string }> {
  const wanted = version ?? desiredVersion ?? 0;
  const row = await transaction.jobVersion.findUnique({
    where: { jobId_version: { jobId, version: wanted } },
    select: { settings: true },
  });
  if (row === null) throw refused('job.version-missing', `The job has no version ${wanted}.`);
  if (!/^(latest|none|checkpoint:\d+)$/.test(startFrom))
    throw refused('job.start-from', `Start from "latest", "none" or "checkpoint:<id>", not from "${startFrom}".`);
  const id = /^checkpoint:(\d+)$/.exec(startFrom)?.[1];
  if (id !== undefined) {
    const found = await transaction.checkpoint.findFirst({ where: { jobId, id: Number(id), status: 'completed' } });
    if (found === null)
      throw refused('job.checkpoint-missing', `Checkpoint ${id} is not there any more. Choose another one.`);
  }
  return { desiredVersion: wanted, startFrom, queueName: queueOf(row.settings) };
}

function queueOf(settings: unknown): string {
  if (typeof settings === 'object' && settings !== null && 'queue' in settings) return String(settings.queue);
  throw new Error('job settings without a queue');
}

function startName(startFrom: string): string {
  return startFrom === 'none' ? 'an empty state' : startFrom.replace(':', ' ');
}

async function assertLeaf(transaction: Queryable, name: string): Promise<void> {
  const queue = await transaction.queue.findUnique({ where: { name }, include: { children: { take: 1 } } });
  if (queue === null) throw refused('queue.missing', `There is no queue "${name}".`);
  if (queue.children.length > 0)
    throw refused('queue.not-a-leaf', `Queue "${name}" has queues below it; a job runs in one of those.`);
}

function program({ sqlText, settings, plan, comment }: ProgramInput) {
  return { sqlText, settings: json(settings), plan: json(plan), comment: comment ?? null };
}

function refused(code: string, message: string): StreamError {
  return new StreamError(code, message, { domain: 'user', retry: 'never' });
}
