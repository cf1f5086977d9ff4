import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firstSignIn, howToSignIn, howToSignInFirst } from './first-sign-in.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'millrace-first-sign-in-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('a generated password is the same until somebody is signed in with it, kept where only its owner reads it, and told', () => {
  const first = firstSignIn(dataDir, undefined);
  expect(first.password.length).toBeGreaterThanOrEqual(16);
  expect(firstSignIn(dataDir, undefined)).toEqual(first);
  expect(statSync(first.file ?? '').mode & 0o777).toBe(0o600);
  expect(readFileSync(first.file ?? '', 'utf8').trim()).toBe(first.password);
  expect(howToSignInFirst(first)).toContain(first.password);
  expect(howToSignIn(dataDir)).toContain('initial-admin-password');
});

test('a given password is written nowhere, and no later start names a file that does not hold it', () => {
  const given = firstSignIn(dataDir, 'given-by-the-environment');
  expect(given).toEqual({ password: 'given-by-the-environment', file: undefined });
  expect(howToSignInFirst(given)).not.toContain('given-by');
  expect(existsSync(path.join(dataDir, 'initial-admin-password'))).toBe(false);
  expect(howToSignIn(dataDir)).toBe('your password');
});
