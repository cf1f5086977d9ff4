import { isLive } from '@millrace/model';
import { STAY, type State } from '../decision.ts';

/** The master was asked to stop. A master that is gone, or does not obey in time, is not waited for. */
export const canceling: State = ({ run, statusAgeMs }, times) => {
  const alive = run?.registered === true && run.master !== undefined && isLive(run.master.status);
  if (alive && statusAgeMs < times.cancelMs) return STAY;
  const reason = alive ? `Canceled; the master did not stop within ${times.cancelMs} ms and was ended.` : 'Canceled.';
  return { kind: 'settle', outcome: 'canceled', reason };
};
