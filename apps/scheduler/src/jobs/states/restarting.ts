import type { State } from '../decision.ts';
import { cancelFirst, masterEnded, suspendWithoutMaster } from './master.ts';

/** Either the master restarts its tasks, or a new master waits for its delay or its container. */
export const restarting: State = (facts, times) =>
  cancelFirst(facts) ?? suspendWithoutMaster(facts) ?? masterEnded(facts, times);
