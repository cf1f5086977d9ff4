import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printedSeed } from '../seeded-random.ts';
import { runCrashes } from './crash-run.ts';

/** `npm run test:crash [-- --kills 300]`: the long form of the kill test, with SEED=... to repeat a plan. */
const { values } = parseArgs({ options: { kills: { type: 'string', default: '300' } } });
const kills = Number(values.kills);
const seed = printedSeed('kills');
const dataDir = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
const startedAt = performance.now();
try {
  const found = await runCrashes({ dataDir, kills, seed, verifyEvery: 20, report: (line) => console.info(line) });
  for (const line of found) console.info(line);
  console.info(`${kills} kills: every promise was kept (${Math.round((performance.now() - startedAt) / 1000)} s)`);
  await rm(dataDir, { recursive: true });
} catch (error) {
  console.error(`SEED=${seed}; the data stays in ${dataDir}`);
  throw error;
}
