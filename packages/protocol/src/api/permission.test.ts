import { expect, test } from 'vitest';
import { isGranted, ROLE_NAMES } from './permission.ts';

test('viewers look, developers also work, only admins administer', () => {
  const granted = ROLE_NAMES.map((role) => [
    role,
    (['read', 'work', 'administer'] as const).filter((permission) => isGranted(role, permission)),
  ]);
  expect(Object.fromEntries(granted)).toEqual({
    admin: ['read', 'work', 'administer'],
    developer: ['read', 'work'],
    viewer: ['read'],
  });
});
