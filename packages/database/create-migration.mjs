import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';

const PRISMA = fileURLToPath(new URL('../../prisma/', import.meta.url));
const MIGRATIONS = path.join(PRISMA, 'migrations');
/** The schema as of the newest migration; a diff against it needs no shadow database. Not called .prisma: Prisma reads every such file below the folder. */
const SNAPSHOT = path.join(MIGRATIONS, 'schema.snapshot');

/**
 * Writes prisma/migrations/<time>_<name>/migration.sql with what changed since the newest migration, and
 * the new snapshot beside it. Returns the folder's name, or undefined when nothing changed. SQL that Prisma
 * cannot express (triggers, partial indexes) is then added to the file by hand.
 *
 * `url`: any PostgreSQL. The engine asks it for its version and changes nothing there.
 */
export async function createMigration(name, url) {
  if (!/^[a-z0-9_]{1,60}$/.test(name))
    throw new Error('A migration name is made of lower-case letters, digits and underscores, for example job_owner.');
  const schema = readSchema();
  const sql = await diff(existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT, 'utf8') : undefined, schema, url);
  if (sql === undefined) return undefined;
  const folder = `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}`;
  mkdirSync(path.join(MIGRATIONS, folder), { recursive: true });
  writeFileSync(path.join(MIGRATIONS, folder, 'migration.sql'), sql);
  writeFileSync(SNAPSHOT, schema);
  return folder;
}

function readSchema() {
  const models = readdirSync(path.join(PRISMA, 'models')).sort();
  return ['schema.prisma', ...models.map((file) => `models/${file}`)]
    .map((file) => readFileSync(path.join(PRISMA, file), 'utf8').trimEnd())
    .join('\n\n')
    .concat('\n');
}

/** SQL from one schema to another; undefined when they are the same. */
async function diff(from, to, url) {
  instantiate();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: [['schema.prisma', to]] }, () => {}, adapter);
  try {
    const { exitCode, stdout } = await schemaEngine.diff({
      from: from === undefined ? { tag: 'empty' } : datamodel(from),
      to: datamodel(to),
      script: true,
      exitCode: true,
      shadowDatabaseUrl: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return exitCode === 2 ? stdout : undefined;
  } finally {
    schemaEngine.free();
  }
}

function datamodel(content) {
  return { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] };
}

/** The package imports its .wasm as a module, which Node does not do without a flag; so it is done by hand. */
function instantiate() {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const module = new WebAssembly.Module(readFileSync(path.join(folder, 'schema_engine_bg.wasm')));
  const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}
