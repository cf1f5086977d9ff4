import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createQueue, createUser, type Database, hashPassword, openDatabase, type Role } from '@millrace/database';
import { migrate } from '@millrace/database/migrations';
import type { QueueConfig, QueueName } from '@millrace/model';
import { startPostgres } from '@millrace/testing';

export const PASSWORD = 'a-password-for-the-tests';

export interface TestPortal {
  readonly app: typeof import('../server/routes.ts').app;
  readonly served: typeof import('../server/routes.ts').SERVED;
  readonly database: Database;
  /** Ids of the users `admin`, `developer` and `viewer`, who are named after their role. */
  readonly users: Readonly<Record<Role, string>>;
  /** As a script: JSON in, bearer token when given. */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string; headers?: Record<string, string> },
  ): Promise<Response>;
  token(role: Role): Promise<string>;
  close(): Promise<void>;
}

/** The REST API in this process on a real, fresh PostgreSQL; three pools and one user per role. Nothing is faked. */
export async function startTestPortal(): Promise<TestPortal> {
  const postgres = await startPostgres();
  await migrate(postgres.url);
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-portal-test-'));
  const secret = (name: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    return file;
  };
  Object.assign(process.env, {
    DATABASE_URL: postgres.url,
    MILLRACE_KAFKA_BROKERS: '127.0.0.1:9',
    MILLRACE_CLUSTER_TOKEN_FILE: secret('cluster-token'),
    MILLRACE_SECRET_KEY_FILE: secret('secret-key'),
    MILLRACE_RUNTIME_DIR: folder,
  });
  // After the environment: modules read it at their first request.
  const { app, SERVED } = await import('../server/routes.ts');
  const { database: shared } = await import('../server/database.ts');
  const database = openDatabase(postgres.url);
  const users = await seed(database);
  const tokens = new Map<Role, Promise<string>>();
  const call: TestPortal['call'] = async (method, route, { body, token, headers } = {}) =>
    app.request(`/api/v1${route}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const signIn = async (role: Role) => {
    const response = await call('POST', '/session', { body: { username: role, password: PASSWORD } });
    const { token } = (await response.json()) as { token: string };
    return token;
  };
  return {
    app,
    served: SERVED,
    database,
    users,
    call,
    token(role) {
      const known = tokens.get(role) ?? signIn(role);
      tokens.set(role, known);
      return known;
    },
    async close() {
      await shared().close();
      await database.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const ACTOR = { name: 'setup' };

function seed(database: Database): Promise<Readonly<Record<Role, string>>> {
  return database.transaction(async (transaction) => {
    const passwordHash = await hashPassword(PASSWORD);
    const add = async (role: Role) =>
      (await createUser(transaction, { username: role, displayName: role, role, passwordHash }, ACTOR)).id;
    const users = { admin: await add('admin'), developer: await add('developer'), viewer: await add('viewer') };
    await createQueue(transaction, queue('root', undefined, 8), ACTOR);
    await createQueue(transaction, queue('root.development', 'root', 4), ACTOR);
    await createQueue(transaction, queue('root.production', 'root', 4), ACTOR);
    return users;
  });
}

function queue(name: string, parent: string | undefined, vcores: number): QueueConfig {
  return {
    name: name as QueueName,
    parent: parent as QueueName | undefined,
    policy: 'fifo',
    guaranteed: { vcores, memoryMb: vcores * 1024 },
    maximum: { vcores: 8, memoryMb: 8 * 1024 },
    state: 'running',
    maxApplications: 10,
  };
}
