import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Packages reached from a file by imports that happen before its first line runs. */
function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  // Type imports are gone when the file runs.
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]*?'([^']+)';/gm)) {
    if (!from.startsWith('.')) packages.add(from);
    else for (const name of packagesOf(path.resolve(path.dirname(file), from), seen)) packages.add(name);
  }
  return packages;
}

test('what npm start loads first needs nothing that is generated: a bare checkout has no database client', () => {
  const own = [...packagesOf(path.join(import.meta.dirname, 'main.ts'))].filter((name) =>
    name.startsWith('@millrace/'),
  );
  expect(own).toEqual(['@millrace/tooling/bundle', '@millrace/tooling/quick-start']);
});
