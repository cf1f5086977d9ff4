import type { RejectionBudget } from '@millrace/contracts';
import type { OptionDescription } from './description.ts';
import type { OptionValues } from './option-values.ts';

const MAX_RATE_DEFAULT = '0.1';
const INTERVAL_DEFAULT = '10 min';

/** Options of every source that decodes records. */
export const DEAD_LETTER_OPTIONS: readonly OptionDescription[] = [
  {
    name: 'dead-letter.max-rate',
    kind: 'number',
    role: 'source',
    required: false,
    default: MAX_RATE_DEFAULT,
    min: 0,
    max: 1,
    help: 'The job fails when a larger share of the records than this has to be put aside within dead-letter.interval (and more than 100 of them, per reader); 1 puts everything aside.',
  },
  {
    name: 'dead-letter.interval',
    kind: 'duration',
    role: 'source',
    required: false,
    default: INTERVAL_DEFAULT,
    help: 'Time over which that share is taken.',
  },
];

export function rejectionBudgetOf(values: OptionValues): RejectionBudget {
  return {
    maxRate: values.number('dead-letter.max-rate') ?? Number(MAX_RATE_DEFAULT),
    intervalMs: values.durationMs('dead-letter.interval') ?? 600_000,
  };
}
