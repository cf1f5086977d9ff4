import { jobStatus, type Queryable } from '@millrace/database';
import type { JobStatus } from '@millrace/model';
import { HttpError } from '../http/server.ts';

/** The run of a calling master, locked until the end of the transaction. */
export interface LockedRun {
  readonly applicationId: string;
  readonly jobId: string;
  readonly version: number;
  readonly attempt: number;
  readonly startFrom: string;
  readonly status: JobStatus;
  readonly desired: 'running' | 'suspended' | 'canceled';
  readonly lastEventSeq: number;
  readonly lastCheckpointId: number;
  readonly outcome: string | null;
}

interface Row extends Omit<LockedRun, 'status' | 'desired'> {
  readonly status: string;
  readonly desired: string | null;
  readonly deleted: boolean;
}

/** Throws 409 `application.fenced` unless this is the run's attempt. A run that has ended is fenced too, except for `ended: 'allowed'`. */
export async function lockRun(
  transaction: Queryable,
  applicationId: string,
  attempt: number,
  options: { readonly ended: 'allowed' | 'fenced' } = { ended: 'fenced' },
): Promise<LockedRun> {
  // The job first, as everywhere: two transactions that lock in different orders would wait for each other.
  await transaction.$queryRaw`
    select 1 from "Job" where id = (select "jobId" from "Application" where id = ${applicationId}) for no key update`;
  const [row] = await transaction.$queryRaw<Row[]>`
    select a.id as "applicationId", a."jobId", a.version, a.attempt, a."startFrom", a."lastEventSeq", a.outcome, j.status,
           j."desiredState" as desired, j."deletedAt" is not null as deleted, j."lastCheckpointId"
      from "Application" a join "Job" j on j.id = a."jobId"
     where a.id = ${applicationId} and a.attempt = ${attempt} for no key update of a`;
  if (row === undefined || (row.outcome !== null && options.ended === 'fenced')) throw fenced();
  const { deleted, ...run } = row;
  const desired = deleted
    ? 'canceled'
    : row.desired === 'suspended' || row.desired === 'canceled'
      ? row.desired
      : 'running';
  return { ...run, status: jobStatus(row.status), desired };
}

export function fenced(): HttpError {
  return new HttpError(409, 'application.fenced', 'Another attempt has taken over, or the run is over. End yourself.');
}
