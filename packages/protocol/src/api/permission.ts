export const ROLE_NAMES = ['admin', 'developer', 'viewer'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** What an operation asks of its caller. `public` needs no session. */
export type Permission = 'public' | 'read' | 'work' | 'administer';

/** The whole of it: viewers look, developers run jobs, admins shape pools and people. Deny by default. */
const GRANTS: Readonly<Record<RoleName, readonly Permission[]>> = {
  viewer: ['public', 'read'],
  developer: ['public', 'read', 'work'],
  admin: ['public', 'read', 'work', 'administer'],
};

/** The one answer to "may this role do that": the server refuses by it, and a session tells its page what it allows. */
export function isGranted(role: RoleName, permission: Permission): boolean {
  return GRANTS[role].includes(permission);
}
