import { canMove } from '@millrace/model';
import { STAY, type State } from '../decision.ts';

/** created, suspended, canceled, failed, finished: nothing runs, and nothing will until somebody wishes it anew. */
export const stopped: State = ({ status, desired, pending, deleted }) => {
  if (!pending) return STAY;
  if (desired === 'running') return { kind: 'submit' };
  const cancel = desired === 'canceled' && !deleted && canMove(status, 'canceled');
  return cancel
    ? { kind: 'settle', outcome: 'canceled', reason: 'Canceled before it was started.' }
    : { kind: 'acknowledge' };
};
