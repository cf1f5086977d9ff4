import type { State } from '../decision.ts';
import { cancelFirst, masterEnded } from './master.ts';

/** Its master has a container and has not registered yet. */
export const accepted: State = (facts, times) => cancelFirst(facts) ?? masterEnded(facts, times);
