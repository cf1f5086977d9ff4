import { STAY, type State } from '../decision.ts';

/** Waits for its pool to admit it; the first container (resource-manager.ts) makes it `accepted`. */
export const submitted: State = ({ desired }) =>
  desired === 'canceled' ? { kind: 'settle', outcome: 'canceled', reason: 'Canceled while it waited.' } : STAY;
