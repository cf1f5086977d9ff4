import { DEFAULT_SETTINGS, settingsInputSchema, settingsOf } from '@millrace/protocol/api';
import { compile } from '@millrace/sql';
import { expect, test } from 'vitest';
import { planView } from './plan-view.ts';

const SQL = `CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen');
CREATE TABLE kept (n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/x', 'table-name' = 'kept',
  'username' = 'writer', 'password' = 'hunter2');
INSERT INTO kept SELECT n FROM ticks WHERE n > 10;`;

const viewOf = (parallelism: number) => {
  const { plan } = compile(SQL, {});
  if (plan === undefined) throw new Error('the program has no plan');
  return planView(plan, settingsOf(settingsInputSchema.parse({ ...DEFAULT_SETTINGS, parallelism })));
};

test('a plan is told as tasks with their parallelism and, operator by operator, in words', () => {
  const { graph, text, reasons } = viewOf(2);
  expect(reasons).toEqual([]);
  expect(graph?.vertices.flatMap(({ operators }) => operators.map(({ kind }) => kind))).toEqual(
    expect.arrayContaining(['source', 'filter', 'sink']),
  );
  expect(text).toContain('where n > 10');
});

test('a secret that somebody wrote into the program is not repeated in its plan', () => {
  const told = JSON.stringify(viewOf(1));
  expect(told).not.toContain('hunter2');
  expect(told).toContain("'password' = '***'");
});
