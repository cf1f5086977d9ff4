import { ROLES } from '@millrace/database';
import { expect, test } from 'vitest';
import { isGranted } from './permission.ts';

test('viewers look, developers also work, only admins administer', () => {
  const granted = ROLES.map((role) => [
    role,
    (['read', 'work', 'administer'] as const).filter((permission) => isGranted(role, permission)),
  ]);
  expect(Object.fromEntries(granted)).toEqual({
    admin: ['read', 'work', 'administer'],
    developer: ['read', 'work'],
    viewer: ['read'],
  });
});
