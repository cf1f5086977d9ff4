import type { Queryable } from '../client.ts';
import { json } from '../json.ts';

export interface OutboxRow {
  readonly id: bigint;
  readonly message: unknown;
}

/** Written in the transaction of the change it tells about; a trigger notifies the relay at commit. */
export async function writeOutbox(db: Queryable, message: unknown): Promise<void> {
  await db.outbox.create({ data: { message: json(message) } });
}

/**
 * Takes the oldest messages out, within a transaction: pass them on, then commit. Two relays never get
 * the same row; a crash before the commit puts the rows back.
 */
export async function takeOutbox(transaction: Queryable, limit: number): Promise<readonly OutboxRow[]> {
  const rows = await transaction.$queryRaw<OutboxRow[]>`
    delete from "Outbox" where id in (select id from "Outbox" order by id limit ${limit} for update skip locked)
    returning id, message`;
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
