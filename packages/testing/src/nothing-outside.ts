import type { Outside } from '@millrace/contracts';
import { SILENT_LOG } from './memory-cluster.ts';

/** For operators that ask nobody. */
export const nothingOutside: Outside = { connectors: new Map(), log: SILENT_LOG, owner: 'test / operator', wake() {} };
