import { type Database, openDatabase } from '@millrace/database';
import { environment } from '../env.ts';

const holder = globalThis as typeof globalThis & { millraceDatabase?: Database };

/** One pool per process, kept across the module copies that Next makes of server code. */
export function database(): Database {
  holder.millraceDatabase ??= openDatabase(environment().databaseUrl);
  return holder.millraceDatabase;
}
