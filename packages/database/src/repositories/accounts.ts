import { StreamError } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { type Actor, recordAudit } from './audit.ts';

export const ROLES = ['admin', 'developer', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** A person, without the password's hash. */
export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
}

const VISIBLE = {
  id: true,
  username: true,
  displayName: true,
  role: true,
  mustChangePassword: true,
  disabledAt: true,
  createdAt: true,
} as const;

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly mustChangePassword?: boolean;
}

/** Throws `account.username-taken`. */
export async function createUser(transaction: Queryable, user: NewUser, actor: Actor): Promise<UserRow> {
  const taken = await transaction.user.findUnique({ where: { username: user.username }, select: { id: true } });
  if (taken !== null)
    throw new StreamError(
      'account.username-taken',
      `There is already a user "${user.username}". Choose another name.`,
      {
        domain: 'user',
        retry: 'never',
      },
    );
  const row = visible(await transaction.user.create({ data: user, select: VISIBLE }));
  await recordAudit(transaction, { actor, action: 'user.create', resource: `user/${row.id}`, after: row });
  return row;
}

/** For signing in: the hash is compared by the caller. */
export async function findCredentials(
  db: Queryable,
  username: string,
): Promise<{ readonly user: UserRow; readonly passwordHash: string } | undefined> {
  const row = await db.user.findUnique({ where: { username }, select: { ...VISIBLE, passwordHash: true } });
  if (row === null) return undefined;
  const { passwordHash, ...user } = row;
  return { user: visible(user), passwordHash };
}

export async function listUsers(db: Queryable): Promise<readonly UserRow[]> {
  return (await db.user.findMany({ select: VISIBLE, orderBy: { username: 'asc' } })).map(visible);
}

export async function countUsers(db: Queryable): Promise<number> {
  return db.user.count();
}

export interface UserChange {
  readonly displayName?: string;
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly passwordHash?: string;
  readonly mustChangePassword?: boolean;
}

/** A disabled user and a changed password end all sessions. Throws `account.user-missing`. */
export async function updateUser(
  transaction: Queryable,
  id: string,
  change: UserChange,
  actor: Actor,
): Promise<UserRow> {
  const before = await transaction.user.findUnique({ where: { id }, select: VISIBLE });
  if (before === null)
    throw new StreamError('account.user-missing', 'This user no longer exists.', { domain: 'user', retry: 'never' });
  const { disabled, ...columns } = change;
  const after = await transaction.user.update({
    where: { id },
    data: { ...columns, ...(disabled === undefined ? {} : { disabledAt: disabled ? new Date() : null }) },
    select: VISIBLE,
  });
  if (disabled === true || change.passwordHash !== undefined)
    await transaction.session.deleteMany({ where: { userId: id } });
  await recordAudit(transaction, {
    actor,
    action: change.passwordHash === undefined ? 'user.update' : 'user.password',
    resource: `user/${id}`,
    before,
    after,
  });
  return visible(after);
}

export interface NewSession {
  /** SHA-256 of the opaque id, hexadecimal. */
  readonly tokenHash: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly ip?: string;
}

export async function createSession(db: Queryable, session: NewSession): Promise<void> {
  await db.session.create({ data: session });
}

/** Writing `lastSeenAt` once a minute is enough for people, and spares a write per request. */
const SEEN_RESOLUTION_MS = 60_000;

/** The user of a living session of a user who is not disabled. A session unused for `idleMs` is dead. */
export async function findSession(
  db: Queryable,
  tokenHash: string,
  idleMs: number,
): Promise<{ readonly user: UserRow; readonly expiresAt: Date } | undefined> {
  const session = await db.session.findUnique({ where: { tokenHash }, include: { user: { select: VISIBLE } } });
  if (session === null || session.expiresAt.getTime() <= Date.now() || session.user.disabledAt !== null)
    return undefined;
  if (Date.now() - session.lastSeenAt.getTime() > idleMs) {
    await db.session.deleteMany({ where: { tokenHash } });
    return undefined;
  }
  if (Date.now() - session.lastSeenAt.getTime() > SEEN_RESOLUTION_MS)
    await db.session.updateMany({ where: { tokenHash }, data: { lastSeenAt: new Date() } });
  return { user: visible(session.user), expiresAt: session.expiresAt };
}

export async function deleteSession(db: Queryable, tokenHash: string): Promise<void> {
  await db.session.deleteMany({ where: { tokenHash } });
}

export async function deleteExpiredSessions(db: Queryable): Promise<number> {
  return (await db.session.deleteMany({ where: { expiresAt: { lte: new Date() } } })).count;
}

function visible(row: Omit<UserRow, 'role'> & { readonly role: string }): UserRow {
  const role = ROLES.find((known) => known === row.role);
  if (role === undefined) throw new Error(`user ${row.id} has an unknown role: ${row.role}`);
  return { ...row, role };
}
