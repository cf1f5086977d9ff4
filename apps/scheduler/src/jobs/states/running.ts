import type { State } from '../decision.ts';
import { cancelFirst, masterEnded, suspendWithoutMaster } from './master.ts';

/** The master drives the job and hears every wish with the answer of its next heartbeat. */
export const running: State = (facts, times) =>
  cancelFirst(facts) ?? suspendWithoutMaster(facts) ?? masterEnded(facts, times);
