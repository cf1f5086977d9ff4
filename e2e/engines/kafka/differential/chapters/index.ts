import type { Chapter, Step } from '../history.ts';
import { configs } from './configs.ts';
import { fetched } from './fetch.ts';
import { groups } from './groups.ts';
import { produced } from './produce.ts';
import { requests } from './requests.ts';
import { topics } from './topics.ts';
import { transactions } from './transactions.ts';

/** The whole history. A chapter uses topics, groups and transactional ids of its own, named after its title. */
export const HISTORY: readonly Chapter[] = [requests, topics, configs, produced, fetched, transactions, groups].map(
  (chapter) => ({ ...chapter, steps: counted(chapter.steps) }),
);

/** The second step of a title is called `... (2)`, and so on: a finding names one step. */
function counted(steps: readonly Step[]): readonly Step[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const times = (seen.get(step.title) ?? 0) + 1;
    seen.set(step.title, times);
    return times === 1 ? step : { ...step, title: `${step.title} (${times})` };
  });
}
