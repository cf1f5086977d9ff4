import { randomBytes } from 'node:crypto';
import pg from 'pg';

const ROLE = 'warehouse';

/** Connector options of the demo's own database. */
export function warehouseOptions(superuserUrl: string): { readonly url: string; readonly username: string } {
  const { hostname, port, pathname } = new URL(superuserUrl);
  return { url: `jdbc:postgresql://${hostname}:${port}${pathname}`, username: ROLE };
}

/**
 * A login that owns the `warehouse` database and can reach nothing else: jobs write results there, never into the
 * platform's own database. `superuserUrl` points at the warehouse database; the
 * password is sealed before it is stored.
 */
export async function prepareWarehouse(superuserUrl: string): Promise<{ readonly password: string }> {
  const url = new URL(superuserUrl);
  const database = url.pathname.slice(1);
  const password = randomBytes(24).toString('hex');
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [ROLE]);
    // The password is hexadecimal, made above: no quoting question arises; DDL takes no parameters.
    await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${ROLE} login password '${password}'`);
    await client.query(`alter database ${client.escapeIdentifier(database)} owner to ${ROLE}`);
    await client.query('revoke connect on database millrace from public');
  } finally {
    await client.end();
  }
  return { password };
}
