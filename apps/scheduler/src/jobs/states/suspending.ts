import type { State } from '../decision.ts';
import { cancelFirst, masterEnded, suspendWithoutMaster } from './master.ts';

/** The master takes the last savepoint, then says its last words. */
export const suspending: State = (facts, times) =>
  cancelFirst(facts) ?? suspendWithoutMaster(facts) ?? masterEnded(facts, times);
