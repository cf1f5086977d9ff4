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
import { allowedOperations, api, type User } from '@millrace/protocol/api';
import { serve, WithHeaders } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import {
  type Caller,
  csrfTokenOf,
  ipOf,
  isSameOrigin,
  openSession,
  sessionCookie,
  signIn,
  signOut,
} from '../../../server/session.ts';

serve(api.session.signIn, async ({ body, request }) => {
  if (!isSameOrigin(request)) throw new HttpError(403, 'session.forged', 'Sign in on the page of the portal itself.');
  const { user, token, expiresAt } = await signIn(body.username, body.password, ipOf(request));
  // A browser gets the HttpOnly cookie only; a script, which sends no Sec-Fetch-Site, gets the token.
  const forScripts = request.headers.has('sec-fetch-site') ? {} : { token };
  const answer = { ...sessionView({ user, token, expiresAt }), ...forScripts };
  return new WithHeaders(answer, { 'set-cookie': sessionCookie(token, request) });
});

serve(api.session.get, async ({ caller }) => sessionView(known(caller)));

serve(api.session.signOut, async ({ caller, request }) => {
  await signOut(known(caller).token);
  return new WithHeaders({ ok: true as const }, { 'set-cookie': sessionCookie('', request, 0) });
});

serve(
  api.session.changePassword,
  async ({ body, caller, actor, request }) => {
    const { user } = known(caller);
    const found = await findCredentials(database().client, user.username);
    if (found === undefined || !(await verifyPassword(found.passwordHash, body.current))) {
      throw new HttpError(422, 'account.wrong-password', 'The current password is wrong.', [
        { path: 'current', message: 'is wrong' },
      ]);
    }
    const passwordHash = await hashPassword(body.next);
    const changed = await database().transaction((transaction) =>
      updateUser(transaction, user.id, { passwordHash, mustChangePassword: false }, actor),
    );
    const { token, expiresAt } = await openSession(user.id, ipOf(request));
    const answer = sessionView({ user: changed, token, expiresAt });
    return new WithHeaders(answer, { 'set-cookie': sessionCookie(token, request) });
  },
  5,
);

serve(api.users.list, async ({ query }) => {
  const { q = '', role, page, pageSize } = query;
  const found = (await listUsers(database().client)).filter(
    (user) =>
      (role === undefined || user.role === role) &&
      `${user.username} ${user.displayName}`.toLowerCase().includes(q.toLowerCase()),
  );
  return { items: found.slice(page * pageSize, (page + 1) * pageSize).map(userView), total: found.length };
});

serve(api.users.create, async ({ body, actor }) => {
  const { password, ...user } = body;
  const passwordHash = await hashPassword(password);
  return userView(
    await database().transaction((transaction) =>
      createUser(transaction, { ...user, passwordHash, mustChangePassword: true }, actor),
    ),
  );
});

serve(api.users.change, async ({ params, body, caller, actor }) => {
  if (params.userId === known(caller).user.id) {
    throw new HttpError(422, 'account.self', 'You cannot change yourself here; ask another admin.');
  }
  const { password, displayName, role, disabled } = body;
  const change = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(role === undefined ? {} : { role }),
    ...(disabled === undefined ? {} : { disabled }),
    ...(password === undefined ? {} : { passwordHash: await hashPassword(password), mustChangePassword: true }),
  };
  return userView(await database().transaction((transaction) => updateUser(transaction, params.userId, change, actor)));
});

serve(api.audit.list, async ({ query }) => {
  const { limit, before, actor, resource } = query;
  const rows = await listAudit(database().client, {
    limit,
    ...(before === undefined ? {} : { before }),
    ...(actor === undefined ? {} : { actor }),
    ...(resource === undefined ? {} : { resource }),
  });
  return { items: rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })) };
});

function sessionView({ user, token, expiresAt }: Omit<Caller, 'by'>) {
  return {
    user: userView(user),
    csrfToken: csrfTokenOf(token),
    expiresAt: expiresAt.toISOString(),
    allowed: allowedOperations(user.role),
  };
}

/** The frame has refused whoever has no session before a handler runs. */
function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
  return caller;
}

function userView(user: UserRow): User {
  const { disabledAt, createdAt, ...rest } = user;
  return { ...rest, disabled: disabledAt !== null, createdAt: createdAt.toISOString() };
}
