import { StreamError } from '@millrace/model';
import type { Queryable } from '../client.ts';
import type { Prisma } from '../generated/client.ts';
import { json } from '../json.ts';
import { openSecret, sealSecret } from '../secret-box.ts';
import { type Actor, recordAudit } from './audit.ts';

type Options = Readonly<Record<string, string>>;

/** What may be shown: the secret's value never leaves the server, only whether there is one. */
export interface ConnectionRow {
  readonly name: string;
  readonly connector: string;
  readonly options: Options;
  readonly hasSecret: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export async function listConnections(db: Queryable): Promise<readonly ConnectionRow[]> {
  return (await db.connection.findMany({ orderBy: { name: 'asc' } })).map(shown);
}

export async function findConnection(db: Queryable, name: string): Promise<ConnectionRow | undefined> {
  const row = await db.connection.findUnique({ where: { name } });
  return row === null ? undefined : shown(row);
}

/** All options with the secret ones opened, for whoever is about to connect. Throws `connection.missing`, `connection.secret-unreadable`. */
export async function resolveConnection(
  db: Queryable,
  name: string,
  key: Uint8Array,
): Promise<{ readonly connector: string; readonly options: Options }> {
  const row = await db.connection.findUnique({ where: { name } });
  if (row === null) throw missing(name);
  const secret = row.secret === null ? {} : openSecret(key, name, row.secret);
  return { connector: row.connector, options: { ...textValues(row.options), ...secret } };
}

export interface ConnectionInput {
  readonly name: string;
  readonly connector: string;
  readonly options: Options;
  /** Absent keeps the secret there is; empty removes it. */
  readonly secret?: Options;
}

/** Creates or replaces. */
export async function saveConnection(
  transaction: Queryable,
  input: ConnectionInput,
  key: Uint8Array,
  actor: Actor,
): Promise<void> {
  const { name, connector, options, secret } = input;
  const before = await transaction.connection.findUnique({ where: { name } });
  const box = secret === undefined ? undefined : Object.keys(secret).length === 0 ? null : sealed(key, name, secret);
  const columns = { connector, options: json(options), ...(box === undefined ? {} : { secret: box }) };
  await transaction.connection.upsert({ where: { name }, create: { name, ...columns }, update: columns });
  await recordAudit(transaction, {
    actor,
    action: before === null ? 'connection.create' : 'connection.update',
    resource: `connection/${name}`,
    ...(before === null ? {} : { before: { connector: before.connector, options: before.options } }),
    after: { connector, options, secret: secret === undefined ? 'kept' : Object.keys(secret) },
  });
}

/** Jobs that name it fail at their next start with a message that says so. Throws `connection.missing`. */
export async function deleteConnection(transaction: Queryable, name: string, actor: Actor): Promise<void> {
  const { count } = await transaction.connection.deleteMany({ where: { name } });
  if (count === 0) throw missing(name);
  await recordAudit(transaction, { actor, action: 'connection.delete', resource: `connection/${name}` });
}

function shown({ secret, options, ...row }: Stored): ConnectionRow {
  return { ...row, options: textValues(options), hasSecret: secret !== null };
}

type Stored = Omit<ConnectionRow, 'options' | 'hasSecret'> & {
  readonly options: Prisma.JsonValue;
  readonly secret: Uint8Array | null;
};

function sealed(key: Uint8Array, name: string, secret: Options): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sealSecret(key, name, secret));
}

function textValues(options: Prisma.JsonValue): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return {};
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

function missing(name: string): StreamError {
  return new StreamError(
    'connection.missing',
    `There is no connection "${name}". Create it under Connections, or name another one in WITH ('connection' = '…').`,
    { domain: 'user', retry: 'never' },
  );
}
