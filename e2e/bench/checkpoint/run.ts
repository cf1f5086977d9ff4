import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckpointId } from '../../../packages/model/src/index.ts';
import { HeapStateBackend, LocalFileSnapshots } from '../../../packages/state/src/index.ts';
import { LOADS, type Load, openLoad, ROWS_PER_BATCH } from './loads.ts';

const MEGABYTES_MAX = 1_000;
/** Of state, in bytes as they are stored. */
const megabytes = Math.min(MEGABYTES_MAX, Math.max(1, Number(process.argv[3] ?? 100)));
/** Of loads to measure, how their name begins; absent: all. */
const only = process.argv[4] ?? '';
const CHECKPOINT_MS = 1_000;
const MEASURE_MS = 4_000;
const ALONE_TURNS = 5;
/** On a machine that has no time for this process: no turn takes longer by the clock. */
const TURN_MS_MAX = 120_000;

/**
 * What a checkpoint every second costs one subtask: operators with so much state take batches as fast as they can, without and with
 * checkpoints onto disk, by turns. All time is CPU time, of this process with the threads that write, also the second between checkpoints: on a
 * machine that others share the clock says nothing. The pause is how long the subtask stands still, in CPU time too.
 */
async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-checkpoint-'));
  try {
    const rows = [];
    for (const load of LOADS.filter(({ name }) => name.startsWith(only))) rows.push(await measure(load, folder));
    console.table(rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(load: Load, folder: string): Promise<Record<string, string>> {
  const { operator, state, take } = await openLoad(load, new HeapStateBackend(), megabytes);
  const storage = new LocalFileSnapshots(path.join(folder, load.name.replaceAll(' ', '-')));
  let checkpoint = 0;
  let aside = 0;
  let pauseMs = 0;
  let storedBytes = 0;
  let writtenBytes = 0;
  /** Rows per CPU second over a while; with checkpoints the next begins when its time has come and the one before is written. */
  const run = async (checkpoints: boolean): Promise<number> => {
    const begun = process.cpuUsage();
    const started = performance.now();
    const spentMs = () => cpuMs(begun);
    let next = CHECKPOINT_MS / 2;
    let writing: Promise<void> | undefined;
    let taken = 0;
    while (spentMs() < MEASURE_MS && performance.now() - started < TURN_MS_MAX) {
      taken += take();
      // As tasks do: the loop has its turn between batches.
      await new Promise((resolve) => setImmediate(resolve));
      if (!checkpoints || writing !== undefined || spentMs() < next) continue;
      next += CHECKPOINT_MS;
      const before = process.cpuUsage();
      const write = state.freeze();
      pauseMs = Math.max(pauseMs, cpuMs(before));
      writing = write(storage.writer(++checkpoint as CheckpointId, 'checkpoint', 1)).then((handles) => {
        storedBytes = handles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        for (const handle of handles) if (handle.shared !== true) writtenBytes += handle.sizeBytes;
        writing = undefined;
      });
    }
    await writing;
    return (taken * ROWS_PER_BATCH) / (spentMs() / 1e3);
  };
  /** What one costs by itself, after a second of work: the task waits until it is written. */
  const alone = async (): Promise<number> => {
    for (const begun = process.cpuUsage(); cpuMs(begun) < CHECKPOINT_MS; ) take();
    const begun = process.cpuUsage();
    await state.freeze()(storage.writer(++aside as CheckpointId, 'checkpoint', 2));
    return cpuMs(begun);
  };
  await run(false);
  const turns = [];
  for (let turn = 0; turn < 3; turn++) turns.push({ without: await run(false), with: await run(true) });
  const costs = [];
  for (let turn = 0; turn < ALONE_TURNS; turn++) costs.push(await alone());
  await operator.close();
  state.dispose();
  const [without, withCheckpoints] = [
    median(turns.map((turn) => turn.without)),
    median(turns.map((turn) => turn.with)),
  ];
  const costMs = (1 - withCheckpoints / without) * ((MEASURE_MS * turns.length) / checkpoint);
  return {
    state: load.name,
    needed: `${(storedBytes / 1e6).toFixed(0)} MB`,
    'written each': `${(writtenBytes / checkpoint / 1e6).toFixed(0)} MB`,
    'M rows per CPU second': (without / 1e6).toFixed(2),
    'with checkpoints': (withCheckpoints / 1e6).toFixed(2),
    lost: `${((1 - withCheckpoints / without) * 100).toFixed(1)} %`,
    'cost of each': `${costMs.toFixed(0)} ms`,
    'by itself': `${median(costs).toFixed(0)} ms`,
    'longest pause': `${pauseMs.toFixed(0)} ms`,
    checkpoints: String(checkpoint),
  };
}

/** Since `begun`, of all threads. */
function cpuMs(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e3;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

await main();
