import type { Queryable } from './client.ts';
import { CHANGES_CHANNEL } from './listen.ts';

/**
 * What a listener on `millrace_changes` hears. Sent with the transaction that made the change, so it is
 * never early and never about something rolled back. It says where to look, not what is there.
 */
export type Change =
  | { readonly what: 'job' | 'report' | 'event' | 'checkpoint' | 'container'; readonly job: string }
  | { readonly what: 'queue'; readonly queue: string }
  | { readonly what: 'node'; readonly node: string };

export async function notifyChange(db: Queryable, change: Change): Promise<void> {
  await db.$executeRaw`select pg_notify(${CHANGES_CHANNEL}, ${JSON.stringify(change)})`;
}

/** Parses a payload of `millrace_changes`; undefined for anything else. */
export function parseChange(payload: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('what' in value)) return undefined;
  const { what } = value;
  if (what === 'queue' && 'queue' in value) return { what, queue: String(value.queue) };
  if (what === 'node' && 'node' in value) return { what, node: String(value.node) };
  if (!('job' in value)) return undefined;
  const job = String(value.job);
  return what === 'job' || what === 'report' || what === 'event' || what === 'checkpoint' || what === 'container'
    ? { what, job }
    : undefined;
}
