import { overviewSchema } from '@millrace/protocol/api';
import { z } from 'zod';
import { route } from '../../../server/api.ts';
import { loadOverview } from './load-overview.ts';

route(
  {
    method: 'get',
    path: '/overview',
    summary: 'Totals, what needs attention, pools, recent events',
    permission: 'read',
    answer: overviewSchema,
  },
  () => loadOverview(),
);
route(
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the portal answers',
    permission: 'public',
    answer: z.object({ ok: z.literal(true) }),
  },
  async () => ({ ok: true as const }),
);
