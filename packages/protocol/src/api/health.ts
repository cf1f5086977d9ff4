import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const healthApi = {
  get: endpoint({
    method: 'GET',
    path: '/healthz',
    summary: 'Tell whether the portal serves and reaches its database; needs no sign-in',
    permission: 'public',
    answer: z.object({ status: z.enum(['ok', 'degraded']), database: z.boolean() }),
  }),
} as const;
