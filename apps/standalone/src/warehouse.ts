import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Connector options of the demo's own database; `secret` is sealed before it is stored. */
export interface Warehouse {
  readonly options: { readonly url: string; readonly username: string };
  readonly secret: { readonly password: string };
}

const ROLE = 'warehouse';

/**
 * A login that owns the `warehouse` database and can reach nothing else: jobs write results there, never into the
 * platform's own database. `superuserUrl` points at the warehouse database.
 */
export async function prepareWarehouse(superuserUrl: string): Promise<Warehouse> {
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
  return {
    options: { url: `jdbc:postgresql://${url.hostname}:${url.port}/${database}`, username: ROLE },
    secret: { password },
  };
}
