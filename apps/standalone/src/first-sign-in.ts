import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const ADMIN = 'admin';

export interface FirstSignIn {
  readonly password: string;
  /** Where a generated password is kept (0600); absent when it came from the environment. */
  readonly file: string | undefined;
}

/** The first admin's password: given by MILLRACE_ADMIN_PASSWORD, or generated once per data folder. There is no default. */
export function firstSignIn(dataDir: string, given: string | undefined): FirstSignIn {
  if (given !== undefined) return { password: given, file: undefined };
  const file = fileOf(dataDir);
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(12).toString('base64url')}\n`, { mode: 0o600 });
  return { password: readFileSync(file, 'utf8').trim(), file };
}

/** The end of "Sign in as admin with ..." on the first start: a generated password is printed this once. */
export function howToSignInFirst({ password, file }: FirstSignIn): string {
  return file === undefined
    ? 'the password in MILLRACE_ADMIN_PASSWORD'
    : `password ${password} (kept in ${path.relative(process.cwd(), file)})`;
}

/** The same on later starts: whoever missed the first one is told where the generated password is. */
export function howToSignIn(dataDir: string): string {
  const file = fileOf(dataDir);
  return existsSync(file)
    ? `your password; the first one, unless it was changed, is in ${path.relative(process.cwd(), file)}`
    : 'your password';
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'initial-admin-password');
}
