import type { State } from '../decision.ts';
import { cancelFirst, masterEnded, suspendWithoutMaster } from './master.ts';

/** Its master has registered and brings the workers up. */
export const starting: State = (facts, times) =>
  cancelFirst(facts) ?? suspendWithoutMaster(facts) ?? masterEnded(facts, times);
