// `npm run bench [-- records]` measures the embedded stack, `npm run bench -- broker [records]` the broker next to Apache Kafka,
// `npm run bench -- engine [records [runs [query|all [parallelism]]]]` the same without the portal, medians of several runs;
// `npm run bench -- sql [events [query ...]]` the queries of Nexmark, `npm run bench -- flink [events [query ...]]` the same next to Apache Flink,
// `npm run bench -- checkpoint [MB [groups|rows|frames|patterns]]` what a checkpoint every second costs.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const PROGRAMS = {
  broker: 'e2e/bench/broker.ts',
  checkpoint: 'e2e/bench/checkpoint/run.ts',
  engine: 'e2e/bench/engine/run.ts',
  flink: 'e2e/bench/flink/run.ts',
  sql: 'e2e/bench/sql/run.ts',
};
const program = path.join(ROOT, PROGRAMS[process.argv[2]] ?? 'e2e/bench/run.ts');
process.exit(
  spawnSync(process.execPath, ['--import', 'tsx', program, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' })
    .status ?? 1,
);
