import type { Chapter } from '../history.ts';
import { topics } from './topics.ts';

/** The whole history, chapter by chapter. A chapter uses topics, groups and transactional ids of its own. */
export const HISTORY: readonly Chapter[] = [topics];
