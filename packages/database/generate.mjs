import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Generates the Prisma client from prisma/ when the schema or Prisma's version has changed since the last time.
 * Nothing of that runs the schema engine, but Prisma wants the file to exist and would download it: node stands in for it.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const generated = path.join(root, 'packages/database/src/generated');
const stamp = path.join(generated, 'stamp');

const now = fingerprint();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) process.exit(0);

const prisma = path.join(root, 'node_modules/prisma/build/index.js');
const { status, stdout, stderr, error } = spawnSync(
  process.execPath,
  [prisma, 'generate', '--config', 'prisma/prisma.config.ts'],
  {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  },
);
if (status !== 0) {
  console.error(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim());
  process.exit(1);
}
writeFileSync(stamp, now);
console.log('database: client generated');

function fingerprint() {
  const hash = createHash('sha256');
  const models = readdirSync(path.join(root, 'prisma/models')).sort();
  for (const file of ['schema.prisma', ...models.map((name) => `models/${name}`)])
    hash.update(file).update(readFileSync(path.join(root, 'prisma', file)));
  return hash.update(readFileSync(path.join(root, 'node_modules/prisma/package.json'))).digest('hex');
}
