import { BatchBuilder, forEachRow, type Value, valueAt } from '@millrace/batch';
import type { OperatorId, SplitId } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { compile } from '@millrace/sql';
import { HeapStateBackend } from '@millrace/state';
import { MetricRegistry, systemClock } from '@millrace/telemetry';
import { SILENT_LOG } from '@millrace/testing/memory-cluster';
import { expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

const SQL = `
  CREATE TABLE a (k STRING, at TIMESTAMP_LTZ(3), WATERMARK FOR at AS at) WITH ('connector' = 'list');
  CREATE TABLE b (k STRING, at TIMESTAMP_LTZ(3), WATERMARK FOR at AS at) WITH ('connector' = 'list');
  CREATE VIEW ab AS SELECT k, at FROM a UNION ALL SELECT k, at FROM b;
  SELECT k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE ab, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end;`;
const MINUTE = 60_000;

it('windows over a union show only what the slower input has closed; the end of one input releases the other', async () => {
  const { preview, diagnostics } = compile(SQL);
  expect(diagnostics).toEqual([]);
  const nodes = preview?.nodes ?? [];
  const results: Value[][] = [];
  const pipeline = await Pipeline.open({
    nodes,
    functions: undefined,
    createOperator,
    stateBackend: new HeapStateBackend(),
    connectors: new Map(),
    log: SILENT_LOG,
    clock: systemClock,
    metrics: new MetricRegistry(systemClock).root,
    onResult: (batch) =>
      forEachRow(batch, (row) => {
        results.push(
          batch.columns.map((column, index) => {
            const field = batch.schema.fields[index];
            return field === undefined ? null : valueAt(column, field.type, row);
          }),
        );
      }),
  });
  const [first, second] = nodes.filter(({ kind }) => kind === 'source');
  const read = (source: typeof first, rows: readonly Value[][]): void => {
    if (source === undefined) throw new Error('the plan has two sources');
    const split = `${source.id}-0` as SplitId;
    const builder = new BatchBuilder(source.schema);
    for (const row of rows) builder.append(row);
    pipeline.setSplits(source.id, [split]);
    pipeline.push(source.id, { ...builder.finish(), runs: [{ split, from: 0, to: rows.length }] });
    pipeline.turn(source.id, []);
  };
  read(first, [
    ['x', 1],
    ['x', 2],
    ['y', 3 * MINUTE],
  ]);
  expect(results).toEqual([]);
  read(second, [
    ['x', 5],
    ['z', MINUTE + 1],
  ]);
  expect(results).toEqual([['x', 3n]]);
  pipeline.end(second?.id ?? ('' as OperatorId));
  expect(results).toEqual([
    ['x', 3n],
    ['z', 1n],
  ]);
  await pipeline.close();
});
