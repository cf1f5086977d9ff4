import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  createSession,
  deleteSession,
  findCredentials,
  findSession,
  hashPassword,
  type UserRow,
  verifyPassword,
} from '@millrace/database';
import { database } from './database.ts';
import { HttpError } from './problem.ts';
import { RateLimit } from './rate-limit.ts';

/** Who makes a request, and how they proved it. */
export interface Caller {
  readonly user: UserRow;
  readonly token: string;
  readonly expiresAt: Date;
  /** Cookie sessions need a CSRF token on unsafe methods; bearer tokens are never sent by a browser on its own. */
  readonly by: 'cookie' | 'bearer';
}

const COOKIE = 'millrace_session';
/** Over https the browser itself keeps this one from other hosts, other paths and plain http. */
const SECURE_COOKIE = `__Host-${COOKIE}`;
const ABSOLUTE_MS = 12 * 3_600_000;
const IDLE_MS = 30 * 60_000;
/** Guesses, that is: a sign-in that succeeds is given back. */
const guessesPerMinute = new RateLimit(5);
/** Whatever address they claim to come from: `x-forwarded-for` is anybody's word. */
const guessesPerName = new RateLimit(20);
const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** Checks the password (the same work for unknown users) and opens a session of at most 12 hours. */
export async function signIn(
  username: string,
  password: string,
  ip: string,
): Promise<{ user: UserRow; token: string; expiresAt: Date }> {
  const now = performance.now();
  const place = `${username} ${ip}`;
  if (!guessesPerMinute.take(place, now) || !guessesPerName.take(username, now)) {
    throw new HttpError(429, 'session.too-many-attempts', 'Too many attempts. Wait a minute, then try again.');
  }
  const { client } = database();
  const found = await findCredentials(client, username);
  const matches = await verifyPassword(found?.passwordHash ?? (await dummyHash()), password);
  if (found === undefined || !matches || found.user.disabledAt !== null) {
    throw new HttpError(401, 'session.wrong-credentials', 'User name or password is wrong.');
  }
  guessesPerMinute.giveBack(place);
  guessesPerName.giveBack(username);
  return { user: found.user, ...(await openSession(found.user.id, ip)) };
}

export async function openSession(userId: string, ip: string): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + ABSOLUTE_MS);
  await createSession(database().client, { tokenHash: hashToken(token), userId, expiresAt, ip });
  return { token, expiresAt };
}

export async function signOut(token: string): Promise<void> {
  await deleteSession(database().client, hashToken(token));
}

/** The caller behind a request's bearer token or cookie; undefined without a living session. */
export async function callerOf(request: Request): Promise<Caller | undefined> {
  const bearer = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
  const token = bearer ?? cookieOf(request, SECURE_COOKIE) ?? cookieOf(request, COOKIE);
  if (token === undefined) return undefined;
  const session = await findSession(database().client, hashToken(token), IDLE_MS);
  if (session === undefined) return undefined;
  return { ...session, token, by: bearer === undefined ? 'cookie' : 'bearer' };
}

/** Derived from the session, so nothing is stored; useless without the HttpOnly cookie it belongs to. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf ${token}`).digest('base64url');
}

/** For unsafe methods with a cookie session: same origin, and the token that only our own page could read. */
export function assertNotForged(request: Request, caller: Caller): void {
  if (caller.by === 'bearer') return;
  const given = Buffer.from(request.headers.get('x-csrf-token') ?? '');
  const wanted = Buffer.from(csrfTokenOf(caller.token));
  if (isSameOrigin(request) && given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new HttpError(403, 'session.forged', 'The request did not come from this page. Reload the page and try again.');
}

/** By Sec-Fetch-Site, which no page can forge; browsers without it send Origin. */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = request.headers.get('origin');
  return origin === null || (URL.canParse(origin) && new URL(origin).host === request.headers.get('host'));
}

export function sessionCookie(token: string, request: Request, maxAgeSeconds = ABSOLUTE_MS / 1000): string {
  const secure = request.headers.get('x-forwarded-proto') === 'https';
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`;
  return secure ? `${SECURE_COOKIE}=${token}; ${attributes}; Secure` : `${COOKIE}=${token}; ${attributes}`;
}

export function ipOf(request: Request): string {
  return request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? 'local';
}

function cookieOf(request: Request, name: string): string | undefined {
  const pair = (request.headers.get('cookie') ?? '').split(/; */).find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

let dummy: Promise<string> | undefined;

function dummyHash(): Promise<string> {
  dummy ??= hashPassword(randomBytes(16).toString('hex'));
  return dummy;
}
