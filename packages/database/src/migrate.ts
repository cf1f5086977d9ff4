import { createMigration } from '../create-migration.mjs';
import { migrate } from './migrations.ts';

/**
 * `npm run db:migrate` applies what is pending to DATABASE_URL.
 * `npm run db:migrate -- --create NAME` writes a new migration from the changes of the schema; DATABASE_URL may be any PostgreSQL.
 */
const [flag, name] = process.argv.slice(2);
const url = process.env.DATABASE_URL;
if (flag !== undefined && flag !== '--create') {
  fail('usage: db:migrate [--create NAME]');
} else if (url === undefined) {
  fail('DATABASE_URL is not set: the database to migrate, for example postgresql://user:password@host/database');
} else if (flag === '--create') {
  const created = await createMigration(name ?? '', url);
  console.log(created === undefined ? 'The schema has not changed.' : `Wrote prisma/migrations/${created}`);
  process.exit(0); // The engine's adapter keeps its pool open.
} else {
  const applied = await migrate(url);
  console.log(applied.length === 0 ? 'Up to date.' : `Applied ${applied.join(', ')}`);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 2;
}
