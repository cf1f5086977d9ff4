import { countUsers } from '@millrace/database';
import { api } from '@millrace/protocol/api';
import { serve } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { loadOverview } from './load-overview.ts';

serve(api.overview.get, () => loadOverview());

serve(api.health.get, async () => {
  const reached = await countUsers(database().client).then(
    () => true,
    () => false,
  );
  return { status: reached ? ('ok' as const) : ('degraded' as const), database: reached };
});
