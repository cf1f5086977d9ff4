import { DEFAULT_SETTINGS, type PreviewResult, settingsInputSchema, settingsOf } from '@millrace/protocol/api';
import type { Answer } from '@millrace/sql';
import { planView } from './plan-view.ts';

/** What EXPLAIN, SHOW and DESCRIBE say, in the form of a preview. Pure. */
export function answered(answer: Answer, chosen?: Parameters<typeof settingsOf>[0]): PreviewResult {
  const nothing = { columns: [], rows: [], rejected: null, recordsRead: 0, ended: 'answered' as const };
  if (answer.kind === 'plan') {
    const settings = settingsOf(chosen ?? settingsInputSchema.parse(DEFAULT_SETTINGS));
    return { ...nothing, plan: planView(answer.plan, settings) };
  }
  return {
    ...nothing,
    columns: answer.columns.map((name) => ({ name, type: 'STRING' })),
    // What a column has none of stays empty: NULL would be read as a value.
    rows: answer.rows.map((row) => row.map((cell) => cell ?? '')),
  };
}
