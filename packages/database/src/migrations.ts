import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal, as `prisma migrate` computes it. */
  readonly checksum: string;
}

/** prisma/migrations of this repository. Not written as `new URL(…, import.meta.url)`: bundlers take that for an asset. */
const MIGRATIONS_FOLDER = path.join(
  /* turbopackIgnore: true */ path.dirname(fileURLToPath(import.meta.url)),
  '../../../prisma/migrations',
);

/** Any fixed number does, as long as every process uses the same: two of them migrate one after the other. */
const ADVISORY_LOCK = 7_261_985_001n;

/** The layout of `prisma migrate`, so that its tools can read the history. */
const HISTORY = `
create table if not exists "_prisma_migrations" (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`;

/**
 * Brings the database up to date and returns the names of what was applied. Each migration commits
 * together with its row in the history, or not at all. Safe to run in several processes at once.
 * Refuses to go on when an applied file was edited afterwards or is missing.
 */
export async function migrate(url: string, folder: string = MIGRATIONS_FOLDER): Promise<readonly string[]> {
  const migrations = readMigrations(folder);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // The query under way reports it.
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(HISTORY);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'select migration_name, checksum from "_prisma_migrations" where finished_at is not null and rolled_back_at is null',
    );
    const pending = pendingMigrations(migrations, new Map(rows.map((row) => [row.migration_name, row.checksum])));
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end(); // Lets go of the lock too.
  }
}

/** What is still to be applied, in order. Throws when the history and the files have parted. Pure. */
export function pendingMigrations(
  files: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): readonly Migration[] {
  const known = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of applied) {
    const now = known.get(name);
    if (now === undefined)
      throw new Error(`The database has migration ${name}, which this version does not know. Use a newer version.`);
    if (now !== checksum)
      throw new Error(`Migration ${name} was edited after it was applied. Restore it; add a new one.`);
  }
  return files.filter((file) => !applied.has(file.name));
}

/** One folder per change, in the order of their names. */
function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query(
      `insert into "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count)
       values ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw new Error(
      `Migration ${name} failed, nothing of it remains: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
}
