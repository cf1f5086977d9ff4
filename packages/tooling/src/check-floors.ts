import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAY_IMPORT, TESTS_MAY_IMPORT } from './floors.ts';

/**
 * Reads every import of a Millrace package and fails when it is not on the floor plan, or not declared.
 * npm hoists workspace packages to the root, so an undeclared import resolves: this program is what
 * keeps the floors true. Run from the repository's root by `npm run check`.
 */
const IMPORT = /(?:from|import|import\()\s*['"]@millrace\/([a-z0-9/-]+)['"]/g;

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'generated' && entry.name !== 'node_modules' && entry.name !== '.next') yield* sources(path);
    } else if (/\.(tsx?|mjs)$/.test(entry.name)) yield path;
  }
}

const rooms = ['packages', 'apps'].flatMap((floor) => readdirSync(floor).map((name) => `${floor}/${name}`));
const broken: string[] = [];
let imports = 0;

for (const room of rooms) {
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) {
    broken.push(`${room}: not on the floor plan; add it to packages/tooling/src/floors.ts with a reason`);
    continue;
  }
  if (!existsSync(join(room, 'src'))) continue;
  const manifest: { dependencies?: Record<string, string>; devDependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(room, 'package.json'), 'utf8'),
  );
  for (const path of sources(join(room, 'src'))) {
    const isTest = /\.(test|bench)\.tsx?$/.test(path) || path.includes('/testing/') || path.endsWith('/bench.ts');
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      imports++;
      const owner = `@millrace/${target.split('/')[0]}`;
      if (owner === `@millrace/${room.split('/')[1]}`) continue;
      const may = allowed.includes(target) || (isTest && testsMayImport(target));
      if (!may) broken.push(`${path}: ${room} may not import @millrace/${target}`);
      const declared = { ...manifest.dependencies, ...(isTest ? manifest.devDependencies : {}) };
      if (!(owner in declared)) broken.push(`${path}: ${owner} is not a dependency in ${room}/package.json`);
    }
  }
}

/** A whole package on the list opens all its doors, a single door only itself. */
function testsMayImport(target: string): boolean {
  return TESTS_MAY_IMPORT.includes(target) || TESTS_MAY_IMPORT.includes(target.split('/')[0] ?? '');
}

// A check that read nothing would be green for ever.
if (imports === 0) broken.push('no import was found at all: the check looks in the wrong place');
for (const line of broken) console.error(line);
console.log(broken.length === 0 ? `floors: ok (${imports} imports)` : `floors: ${broken.length} broken`);
process.exitCode = broken.length === 0 ? 0 : 1;
