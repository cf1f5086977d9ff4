import { readdirSync, readFileSync } from 'node:fs';
import { explainPlan, parseLogicalPlan } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';

const FOLDER = new URL('../test/plans/', import.meta.url);
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.sql') ? [file.slice(0, -'.sql'.length)] : []));

/** What the connectors of the golden statements take, where it decides about the plan. */
const CHANGES: Readonly<Record<string, 'append' | 'upsert' | 'any'>> = { 'upsert-kafka': 'upsert' };

describe('the plan of every golden statement is the one written down', () => {
  it.each(NAMES)('%s', async (name) => {
    const text = JOIN_TABLES + readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8');
    const { plan, diagnostics } = compile(text, { sinkChanges: (connector) => CHANGES[connector] ?? 'any' });
    expect(diagnostics).toEqual([]);
    expect(plan).toBeDefined();
    if (plan === undefined) return;
    expect(explainPlan(parseLogicalPlan(JSON.parse(JSON.stringify(plan))))).toBe(explainPlan(plan));
    await expect(explainPlan(plan)).toMatchFileSnapshot(new URL(`${name}.plan.txt`, FOLDER).pathname);
  });
});
