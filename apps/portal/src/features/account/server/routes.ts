import {
  createUser,
  findCredentials,
  hashPassword,
  listAudit,
  listUsers,
  type UserRow,
  updateUser,
  verifyPassword,
} from '@millrace/database';
import {
  auditEntrySchema,
  changePasswordSchema,
  idParamSchema,
  newUserSchema,
  okSchema,
  sessionSchema,
  signInSchema,
  type User,
  userChangeSchema,
  userSchema,
} from '@millrace/protocol/api';
import { z } from 'zod';
import { Answer, route } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { csrfTokenOf, ipOf, sessionCookie, signIn, signOut } from '../../../server/session.ts';

route(
  {
    method: 'post',
    path: '/session',
    summary: 'Sign in',
    permission: 'public',
    body: signInSchema,
    answer: sessionSchema,
    perMinute: 60,
  },
  async ({ body, request }) => {
    const { user, token } = await signIn(body.username, body.password, ipOf(request));
    return new Answer(
      { user: userView(user), csrfToken: csrfTokenOf(token), token },
      { 'set-cookie': sessionCookie(token, request) },
    );
  },
);

route(
  { method: 'get', path: '/session', summary: 'Who am I', permission: 'read', answer: sessionSchema },
  async ({ caller }) => {
    if (caller === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
    return { user: userView(caller.user), csrfToken: csrfTokenOf(caller.token) };
  },
);

route(
  { method: 'delete', path: '/session', summary: 'Sign out', permission: 'read', answer: okSchema },
  async ({ caller, request }) => {
    if (caller !== undefined) await signOut(caller.token);
    return new Answer({ ok: true }, { 'set-cookie': sessionCookie('', request, 0) });
  },
);

route(
  {
    method: 'post',
    path: '/session/password',
    summary: 'Change my password; ends all my sessions',
    permission: 'read',
    body: changePasswordSchema,
    answer: okSchema,
    perMinute: 5,
  },
  async ({ body, caller, actor }) => {
    if (caller === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
    const found = await findCredentials(database().client, caller.user.username);
    if (found === undefined || !(await verifyPassword(found.passwordHash, body.current))) {
      throw new HttpError(422, 'account.wrong-password', 'The current password is wrong.', [
        { path: 'current', message: 'is wrong' },
      ]);
    }
    const passwordHash = await hashPassword(body.next);
    await database().transaction((transaction) =>
      updateUser(transaction, caller.user.id, { passwordHash, mustChangePassword: false }, actor),
    );
    return { ok: true as const };
  },
);

route(
  {
    method: 'get',
    path: '/users',
    summary: 'All users',
    permission: 'administer',
    answer: z.object({ items: z.array(userSchema) }),
  },
  async () => ({
    items: (await listUsers(database().client)).map(userView),
  }),
);

route(
  {
    method: 'post',
    path: '/users',
    summary: 'Create a user, who changes the password at the first sign-in',
    permission: 'administer',
    body: newUserSchema,
    answer: userSchema,
    status: 201,
  },
  async ({ body, actor }) => {
    const { password, ...user } = body;
    const passwordHash = await hashPassword(password);
    return userView(
      await database().transaction((transaction) =>
        createUser(transaction, { ...user, passwordHash, mustChangePassword: true }, actor),
      ),
    );
  },
);

route(
  {
    method: 'patch',
    path: '/users/{id}',
    summary: 'Change role, or disable',
    permission: 'administer',
    params: idParamSchema,
    body: userChangeSchema,
    answer: userSchema,
  },
  async ({ params, body, caller, actor }) => {
    if (params.id === caller?.user.id)
      throw new HttpError(
        422,
        'account.self',
        'You cannot change your own role or disable yourself; ask another admin.',
      );
    const change = {
      ...(body.role === undefined ? {} : { role: body.role }),
      ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
    };
    return userView(await database().transaction((transaction) => updateUser(transaction, params.id, change, actor)));
  },
);

route(
  {
    method: 'get',
    path: '/audit',
    summary: 'Who changed what, newest first',
    permission: 'administer',
    query: z.object({
      before: z.coerce.number().int().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    answer: z.object({ items: z.array(auditEntrySchema) }),
  },
  async ({ query }) => {
    const rows = await listAudit(database().client, {
      limit: query.limit,
      ...(query.before === undefined ? {} : { before: query.before }),
    });
    return { items: rows.map(({ ip: _, at, ...row }) => ({ ...row, at: at.toISOString() })) };
  },
);

function userView(user: UserRow): User {
  const { disabledAt, createdAt, ...rest } = user;
  return { ...rest, disabled: disabledAt !== null, createdAt: createdAt.toISOString() };
}
