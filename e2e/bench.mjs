// `npm run bench [-- records]` measures the embedded stack, `npm run bench -- broker [records]` the broker next to Apache Kafka.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from '../packages/tooling/install.mjs';

requireNode();
ensureInstalled();
const program = path.join(ROOT, process.argv[2] === 'broker' ? 'e2e/bench/broker.ts' : 'e2e/bench/run.ts');
process.exit(
  spawnSync(process.execPath, ['--import', 'tsx', program, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' })
    .status ?? 1,
);
