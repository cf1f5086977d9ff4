// `npm test`: everything, from a bare checkout. Installs, generates, runs the unit and integration tests, then the
// browser stories, and closes with one line that counts them all.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureInstalled, ROOT, requireNode } from './install.mjs';

requireNode();
ensureInstalled();
const reports = mkdtempSync(path.join(tmpdir(), 'millrace-test-reports-'));

function run(title, args, env = {}) {
  console.log(`\n== ${title}`);
  return (
    spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
  );
}

function report(name) {
  try {
    return JSON.parse(readFileSync(path.join(reports, name), 'utf8'));
  } catch {
    return undefined;
  }
}

const generated = run('database client', ['packages/database/generate.mjs']);
const unitOk = run('unit and integration tests', [
  ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'packages/tooling/vitest.config.ts'],
  ...['--reporter=default', '--reporter=json', `--outputFile=${path.join(reports, 'unit.json')}`],
]);
const storiesOk = run('browser stories', ['e2e/run.mjs'], { MILLRACE_TEST_REPORT: path.join(reports, 'stories.json') });

const unit = report('unit.json');
const stories = report('stories.json');
rmSync(reports, { recursive: true, force: true });
const passed = (unit?.numPassedTests ?? 0) + (stories?.stats.expected ?? 0) + (stories?.stats.flaky ?? 0);
let failed = (unit?.numFailedTests ?? 0) + (stories?.stats.unexpected ?? 0);
const skipped = (unit?.numPendingTests ?? 0) + (stories?.stats.skipped ?? 0);
// A runner that broke down without counting a failure has failed all the same.
if (failed === 0 && !(generated && unitOk && storiesOk)) failed = 1;
if (stories?.stats.flaky > 0)
  console.log(`\n${stories.stats.flaky} of the browser stories passed only at the second try; see above.`);
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
