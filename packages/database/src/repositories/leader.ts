import { StreamError } from '@millrace/model';
import type { Queryable } from '../client.ts';

/** Proof of having been leader of `role` at `epoch`; whether it still holds, only the database says. */
export interface Lease {
  readonly role: string;
  readonly holder: string;
  readonly epoch: bigint;
}

/** The one way to become leader: the epoch rises every time. Undefined while somebody else's lease runs. */
export async function takeLeadership(
  db: Queryable,
  role: string,
  holder: string,
  leaseMs: number,
): Promise<Lease | undefined> {
  const [row] = await db.$queryRaw<{ epoch: bigint }[]>`
    update "Leader" set epoch = epoch + 1, holder = ${holder}, "expiresAt" = clock_timestamp() + ${leaseMs} * interval '1 ms'
     where role = ${role} and "expiresAt" < clock_timestamp() returning epoch`;
  return row === undefined ? undefined : { role, holder, epoch: row.epoch };
}

/** False: the lease is over, step down. */
export async function renewLeadership(db: Queryable, lease: Lease, leaseMs: number): Promise<boolean> {
  const rows = await db.$executeRaw`
    update "Leader" set "expiresAt" = clock_timestamp() + ${leaseMs} * interval '1 ms'
     where role = ${lease.role} and holder = ${lease.holder} and epoch = ${lease.epoch} and "expiresAt" > clock_timestamp()`;
  return rows === 1;
}

/** Lets the next one in at once; after a clean stop nobody waits for the expiry. */
export async function resignLeadership(db: Queryable, lease: Lease): Promise<void> {
  await db.$executeRaw`
    update "Leader" set "expiresAt" = clock_timestamp() - interval '1 ms'
     where role = ${lease.role} and holder = ${lease.holder} and epoch = ${lease.epoch}`;
}

/**
 * First statement of every leader's transaction. Holds the lease row FOR SHARE until the end, so nobody
 * becomes leader between this check and the commit; a stale leader gets `leader.stale` and writes nothing.
 * The server ends a transaction that falls silent (`idleTransactionMs`), so a frozen leader blocks nobody for long.
 */
export async function assertLeader(transaction: Queryable, lease: Lease): Promise<void> {
  const rows = await transaction.$queryRaw<unknown[]>`
    select 1 from "Leader"
     where role = ${lease.role} and holder = ${lease.holder} and epoch = ${lease.epoch} and "expiresAt" > clock_timestamp()
       for share`;
  if (rows.length === 0)
    throw new StreamError('leader.stale', 'Another scheduler has taken over; this one waits for its turn.', {
      domain: 'internal',
      retry: 'never',
    });
}
