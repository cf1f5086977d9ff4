import { getVersion, listApplications, newestCheckpoint } from '@millrace/database';
import { compareState, type LogicalPlan, parseLogicalPlan } from '@millrace/plan';
import type { StateComparison } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';

const APPLICATIONS_MAX = 200;

/** A plan against the version that made the newest checkpoint; null while there is none: then every start begins with nothing. */
export async function compareWithNewest(jobId: string, plan: LogicalPlan): Promise<StateComparison | null> {
  const { client } = database();
  const newest = await newestCheckpoint(client, jobId);
  if (newest === undefined) return null;
  const runs = await listApplications(client, jobId, APPLICATIONS_MAX);
  const run = runs.find(({ id }) => id === newest.applicationId);
  const made = run === undefined ? undefined : await getVersion(client, jobId, run.version);
  if (made === undefined) return null;
  const { verdict, reasons } = compareState(parseLogicalPlan(made.plan), plan);
  const from = { checkpoint: newest.id, kind: newest.kind, version: made.version };
  return { from, verdict, reasons: [...reasons] };
}
