import { type Database, recordEvent } from '@millrace/database';
import type { MasterFinish } from '@millrace/protocol';
import { endRun } from '../jobs/move.ts';
import { lockRun } from './attempt.ts';

/** The last words of a master. Repeating them is harmless; those of an older attempt are refused. */
export async function finishRun(database: Database, applicationId: string, call: MasterFinish): Promise<void> {
  await database.transaction(async (transaction) => {
    const run = await lockRun(transaction, applicationId, call.attempt, { ended: 'allowed' });
    if (run.outcome !== null) return;
    const { jobId, status } = run;
    if (call.error !== null) {
      const { code, message, domain, retry } = call.error;
      await recordEvent(transaction, {
        jobId,
        applicationId,
        kind: 'failure',
        severity: 'error',
        message,
        detail: { code, domain, retry },
      });
    }
    await endRun(transaction, {
      jobId,
      from: status,
      outcome: call.outcome,
      applicationId,
      diagnostics: call.diagnostics,
    });
  });
}
