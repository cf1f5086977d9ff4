import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const ADMIN = 'admin';

export interface FirstSignIn {
  readonly password: string;
  /** Where a generated password is kept (0600) until the admin changes it; absent when it came from the environment. */
  readonly file: string | undefined;
}

/** The first admin's password: given by MILLRACE_ADMIN_PASSWORD, or generated once per data folder. There is no default. */
export function firstSignIn(dataDir: string, given: string | undefined): FirstSignIn {
  if (given !== undefined) return { password: given, file: undefined };
  const file = path.join(dataDir, 'initial-admin-password');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(12).toString('base64url')}\n`, { mode: 0o600 });
  return { password: readFileSync(file, 'utf8').trim(), file };
}
