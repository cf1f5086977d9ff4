import { checkOptions, sinkChangesOf } from '@millrace/connectors/options';
import { settingsInputSchema, settingsOf } from '@millrace/protocol/api';
import { compile } from '@millrace/sql';
import { describe, expect, it } from 'vitest';
import { TEMPLATES } from '../templates.ts';
import { planView } from './plan-view.ts';

/** What the platform fills in when a job starts. */
const PLATFORM = {
  'properties.bootstrap.servers': 'platform:9092',
  url: 'jdbc:postgresql://db/warehouse',
  username: 'writer',
  password: 'x',
};

describe('every template is a program that the engine would run', () => {
  it.each(TEMPLATES)('$title', ({ sql }) => {
    const { plan, diagnostics } = compile(sql, {
      sinks: 'required',
      sinkChanges: sinkChangesOf,
      checkOptions: (connector, { connection: _, ...options }, role) => {
        const platform = Object.entries(PLATFORM).filter(([key]) => (connector === 'kafka') === key.startsWith('prop'));
        return checkOptions(connector, { ...Object.fromEntries(platform), ...options }, role);
      },
    });
    expect(diagnostics.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
    if (plan === undefined) throw new Error('no plan');
    const view = planView(plan, settingsOf(settingsInputSchema.parse({ parallelism: 2 })));
    expect(view.reasons).toEqual([]);
    expect(view.graph?.vertices.length).toBeGreaterThan(0);
  });
});
