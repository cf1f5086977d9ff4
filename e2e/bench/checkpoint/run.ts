import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckpointId } from '../../../packages/model/src/index.ts';
import { HeapStateBackend, LocalFileSnapshots } from '../../../packages/state/src/index.ts';
import { LOADS, type Load, openLoad, ROWS_PER_BATCH } from './loads.ts';

const MEGABYTES_MAX = 1_000;
/** Of state, in bytes as they are stored. */
const megabytes = Math.min(MEGABYTES_MAX, Math.max(1, Number(process.argv[3] ?? 100)));
const CHECKPOINT_MS = 1_000;
const MEASURE_MS = 6_000;

/**
 * What a checkpoint every second costs one subtask: operators with so much state take batches as fast as they can, without and with
 * checkpoints onto disk, by turns. Time is CPU time, of this process with the threads that write; the pause is how long the subtask stands still.
 */
async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-checkpoint-'));
  try {
    const rows = [];
    for (const load of LOADS) rows.push(await measure(load, folder));
    console.table(rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(load: Load, folder: string): Promise<Record<string, string>> {
  const { operator, state, take } = await openLoad(load, new HeapStateBackend(), megabytes);
  const storage = new LocalFileSnapshots(path.join(folder, load.name.replaceAll(' ', '-')));
  let checkpoint = 0;
  let pauseMs = 0;
  let storedBytes = 0;
  /** Rows per CPU second over a while; with checkpoints the next begins when its time has come and the one before is written. */
  const run = async (checkpoints: boolean): Promise<number> => {
    const cpu = process.cpuUsage();
    const started = performance.now();
    let next = started + CHECKPOINT_MS / 2;
    let writing: Promise<void> | undefined;
    let taken = 0;
    while (performance.now() - started < MEASURE_MS) {
      taken += take();
      // As tasks do: the loop has its turn between batches.
      await new Promise((resolve) => setImmediate(resolve));
      if (!checkpoints || writing !== undefined || performance.now() < next) continue;
      next += CHECKPOINT_MS;
      const before = performance.now();
      const write = state.freeze();
      pauseMs = Math.max(pauseMs, performance.now() - before);
      writing = write(storage.writer(++checkpoint as CheckpointId, 'checkpoint', 1)).then((handles) => {
        storedBytes = handles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        writing = undefined;
      });
    }
    await writing;
    const { user, system } = process.cpuUsage(cpu);
    return (taken * ROWS_PER_BATCH) / ((user + system) / 1e6);
  };
  await run(false);
  const turns = [];
  for (let turn = 0; turn < 3; turn++) turns.push({ without: await run(false), with: await run(true) });
  await operator.close();
  state.dispose();
  const [without, withCheckpoints] = [
    median(turns.map((turn) => turn.without)),
    median(turns.map((turn) => turn.with)),
  ];
  return {
    state: load.name,
    stored: `${(storedBytes / 1e6).toFixed(0)} MB`,
    'M rows per CPU second': (without / 1e6).toFixed(2),
    'with checkpoints': (withCheckpoints / 1e6).toFixed(2),
    lost: `${((1 - withCheckpoints / without) * 100).toFixed(1)} %`,
    'longest pause': `${pauseMs.toFixed(0)} ms`,
    checkpoints: String(checkpoint),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

await main();
