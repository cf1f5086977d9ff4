import type { RecordBatch } from '@millrace/batch';
import type { Clock, Log, MetricGroup, Source } from '@millrace/contracts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const metrics: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => metrics };
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Every batch of a bounded source, read by one reader to its end. */
export async function readAll(source: Source): Promise<readonly RecordBatch[]> {
  const signal = AbortSignal.timeout(30_000);
  const reader = source.createReader({ subtask: 0, clock, metrics, log, owner: 'test' });
  const splits = await source.discover(signal);
  reader.addSplits(splits);
  const batches: RecordBatch[] = [];
  for (let open = splits.length; open > 0; ) {
    const { batch, finishedSplits } = await reader.poll(1_000, 100, signal);
    if (batch !== undefined) batches.push(batch);
    open -= finishedSplits.length;
  }
  await reader.close();
  return batches;
}
