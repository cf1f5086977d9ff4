import { containerStatus, type Database, desiredState, jobStatus } from '@millrace/database';
import type { ContainerStatus, DesiredState, JobStatus } from '@millrace/model';
import { z } from 'zod';

/** Everything a state decides from, read in one statement. Times come from the database's clock. */
export interface JobFacts {
  readonly id: string;
  readonly name: string;
  readonly status: JobStatus;
  /** How long it has had this status. */
  readonly statusAgeMs: number;
  /** `canceled` for a deleted job. */
  readonly desired: DesiredState | undefined;
  readonly generation: number;
  /** Nobody has acted on the newest wish. */
  readonly pending: boolean;
  readonly deleted: boolean;
  readonly restart: { readonly attemptsMax: number; readonly delayMs: number };
  /** The living run; at most one. */
  readonly run: RunFacts | undefined;
}

interface RunFacts {
  readonly application: string;
  readonly attempt: number;
  /** Restarts of the master that count, so far. */
  readonly masterRestarts: number;
  /** The master of this attempt has registered. */
  readonly registered: boolean;
  /** Container of this attempt's master; undefined while it waits for one. */
  readonly master: MasterFacts | undefined;
}

export interface MasterFacts {
  readonly status: ContainerStatus;
  readonly reason: string | undefined;
  readonly exitCode: number | undefined;
  /** From its process's start to its end, or to now. */
  readonly livedMs: number;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly statusAgeMs: number;
  readonly desired: string | null;
  readonly generation: number;
  readonly pending: boolean;
  readonly deleted: boolean;
  readonly restart: unknown;
  readonly application: string | null;
  readonly attempt: number | null;
  readonly masterRestarts: number | null;
  readonly registered: boolean;
  readonly masterStatus: string | null;
  readonly masterReason: string | null;
  readonly masterExitCode: number | null;
  readonly masterLivedMs: number;
}

const restartSchema = z.object({ attemptsMax: z.number(), delayMs: z.number() });

/** Jobs that run, wait, or have a wish nobody has acted on. */
export async function readJobFacts(database: Database): Promise<readonly JobFacts[]> {
  const rows = await database.client.$queryRaw<Row[]>`
    select j.id, j.name, j.status, (extract(epoch from clock_timestamp() - j."statusAt") * 1000)::float8 as "statusAgeMs",
           j."desiredState" as desired, j."desiredGeneration" as generation,
           j."desiredGeneration" > j."observedGeneration" as pending, j."deletedAt" is not null as deleted,
           v.settings->'restart' as restart, a.id as application, a.attempt, a."masterRestarts",
           a."lastHeartbeatAt" is not null as registered, m.status as "masterStatus", m.reason as "masterReason",
           m."exitCode" as "masterExitCode",
           coalesce(extract(epoch from coalesce(m."endedAt", clock_timestamp()) - m."startedAt") * 1000, 0)::float8 as "masterLivedMs"
      from "Job" j
      left join "Application" a on a."jobId" = j.id and a.phase <> 'ended'
      left join "JobVersion" v on v."jobId" = j.id and v.version = coalesce(a.version, j."desiredVersion")
      left join "Container" m on m."applicationId" = a.id and m.attempt = a.attempt and m.role = 'master'
     where j."desiredGeneration" > j."observedGeneration" or a.id is not null
     order by j.id`;
  return rows.map(facts);
}

function facts(row: Row): JobFacts {
  const { application, attempt } = row;
  return {
    id: row.id,
    name: row.name,
    status: jobStatus(row.status),
    statusAgeMs: row.statusAgeMs,
    desired: row.deleted ? 'canceled' : desiredState(row.desired),
    generation: row.generation,
    pending: row.pending,
    deleted: row.deleted,
    restart: row.restart === null ? { attemptsMax: 0, delayMs: 0 } : restartSchema.parse(row.restart),
    run:
      application === null || attempt === null
        ? undefined
        : {
            application,
            attempt,
            masterRestarts: row.masterRestarts ?? 0,
            registered: row.registered,
            master:
              row.masterStatus === null
                ? undefined
                : {
                    status: containerStatus(row.masterStatus),
                    reason: row.masterReason ?? undefined,
                    exitCode: row.masterExitCode ?? undefined,
                    livedMs: row.masterLivedMs,
                  },
          },
  };
}
