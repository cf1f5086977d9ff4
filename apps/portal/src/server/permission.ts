import type { Role } from '@millrace/database';

/** What a route asks of its caller. `public` needs no session. */
export type Permission = 'public' | 'read' | 'work' | 'administer';

/** The whole of it: viewers look, developers run jobs, admins shape pools and people. Deny by default. */
const GRANTS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['public', 'read'],
  developer: ['public', 'read', 'work'],
  admin: ['public', 'read', 'work', 'administer'],
};

export function isGranted(role: Role, permission: Permission): boolean {
  return GRANTS[role].includes(permission);
}
