import { z } from 'zod';
import { pageQuerySchema } from './common.ts';
import { endpoint } from './endpoint.ts';
import { ROLE_NAMES } from './permission.ts';
import { passwordSchema, userSchema } from './session.ts';

export const newUserSchema = z.object({
  username: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'lower-case letters, digits, dot, hyphen, underscore; 2 to 63 characters'),
  displayName: z.string().trim().min(1).max(100),
  role: z.enum(ROLE_NAMES),
  /** Must be changed at the first sign-in. */
  password: passwordSchema,
});

export const userChangeSchema = z
  .object({
    displayName: z.string().trim().min(1).max(100).optional(),
    role: z.enum(ROLE_NAMES).optional(),
    disabled: z.boolean().optional(),
    /** A new first password, when somebody forgot theirs. */
    password: passwordSchema.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name at least one field to change');
export type UserChangeBody = z.infer<typeof userChangeSchema>;

export const usersApi = {
  list: endpoint({
    method: 'GET',
    path: '/users',
    summary: 'List everybody who may sign in',
    permission: 'administer',
    query: pageQuerySchema.extend({
      /** Part of the user name or of the name. */
      q: z.string().max(100).optional(),
      role: z.enum(ROLE_NAMES).optional(),
    }),
    answer: z.object({ items: z.array(userSchema), total: z.int() }),
  }),
  create: endpoint({
    method: 'POST',
    path: '/users',
    summary: 'Add a user with a first password',
    permission: 'administer',
    body: newUserSchema,
    answer: userSchema,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/users/{userId}',
    summary: 'Change role, name or password of a user, or disable them',
    permission: 'administer',
    params: z.object({ userId: z.uuid() }),
    body: userChangeSchema,
    answer: userSchema,
  }),
} as const;
