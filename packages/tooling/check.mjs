// `npm run check`: floors, types, lint and format, dead code. Every step runs even when an earlier one failed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from './install.mjs';

requireNode();
ensureInstalled();

const bin = (name) => path.join(ROOT, 'node_modules/.bin', name);
const projects = ['packages', 'apps'].flatMap((floor) =>
  readdirSync(path.join(ROOT, floor))
    .map((name) => `${floor}/${name}`)
    .filter((dir) => existsSync(path.join(ROOT, dir, 'tsconfig.json'))),
);
const steps = [
  ['database client', process.execPath, ['packages/database/generate.mjs']],
  ['floors', bin('tsx'), ['packages/tooling/src/check-floors.ts']],
  ...projects.map((project) => [`types ${project}`, bin('tsc'), ['-p', project, '--noEmit']]),
  ['types e2e', bin('tsc'), ['-p', 'e2e', '--noEmit']],
  [
    'lint and format',
    bin('biome'),
    ['check', '--config-path', 'packages/tooling/lint.json', '--error-on-warnings', '.'],
  ],
  ['dead code', bin('knip'), ['--config', 'packages/tooling/knip.json', '--no-progress']],
];

let failed = 0;
for (const [title, command, args] of steps) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  const output = `${result.stdout}${result.stderr}`
    .split('\n')
    .filter((line) => !line.startsWith('npm warn'))
    .join('\n')
    .trim();
  if (result.status === 0) console.log(`ok      ${title}`);
  else {
    failed++;
    console.log(`FAILED  ${title}\n${output}\n`);
  }
}
console.log(failed === 0 ? `check: ${steps.length} steps ok` : `check: ${failed} of ${steps.length} steps failed`);
process.exit(failed === 0 ? 0 : 1);
