import { z } from 'zod';
import { okSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';
import { ROLE_NAMES } from './permission.ts';

/** Header in which a browser repeats `csrfToken` with every unsafe request. */
export const CSRF_HEADER = 'x-csrf-token';

export const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  displayName: z.string(),
  role: z.enum(ROLE_NAMES),
  mustChangePassword: z.boolean(),
  disabled: z.boolean(),
  createdAt: timeSchema,
});
export type User = z.infer<typeof userSchema>;

export const signInSchema = z.object({ username: z.string().min(1).max(100), password: z.string().min(1).max(200) });

/**
 * A browser keeps the HttpOnly cookie and sends `csrfToken` back in `x-csrf-token`; it never sees `token`. A script
 * (no Sec-Fetch-Site header) is given `token` and sends it as bearer, without a CSRF token.
 */
export const sessionSchema = z.object({
  user: userSchema,
  csrfToken: z.string(),
  expiresAt: timeSchema,
  /** Every operation this person may call, as `noun.verb`: a page offers nothing else. */
  allowed: z.array(z.string()),
  token: z.string().optional(),
});
export type Session = z.infer<typeof sessionSchema>;

export const passwordSchema = z.string().min(12, 'at least 12 characters').max(200, 'at most 200 characters');
export const changePasswordSchema = z.object({ current: z.string().min(1).max(200), next: passwordSchema });

export const sessionApi = {
  signIn: endpoint({
    method: 'POST',
    path: '/session',
    summary: 'Sign in with a name and a password',
    permission: 'public',
    body: signInSchema,
    answer: sessionSchema,
    status: 201,
  }),
  get: endpoint({
    method: 'GET',
    path: '/session',
    summary: 'Tell who is signed in',
    permission: 'read',
    answer: sessionSchema,
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out and end the session',
    permission: 'read',
    answer: okSchema,
  }),
  changePassword: endpoint({
    method: 'POST',
    path: '/session/password',
    summary: 'Change the own password; ends every other session',
    permission: 'read',
    body: changePasswordSchema,
    answer: sessionSchema,
  }),
} as const;
