import { listNodes } from '@millrace/database';
import { api, type QueueView } from '@millrace/protocol/api';
import { serve } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { addQueue, changeQueue, removeQueue } from './change-queue.ts';
import { nodePage } from './node-page.ts';
import { loadPools, loadQueues } from './queue-view.ts';

serve(api.queues.list, () => loadPools());

serve(api.queues.change, async ({ params, body, actor }) => {
  const warnings = await changeQueue(params.name, body, actor);
  return { queue: await loadQueue(params.name), warnings };
});

serve(api.queues.create, async ({ body, actor }) => {
  const warnings = await addQueue(body, actor);
  return { queue: await loadQueue(body.name), warnings };
});

serve(api.queues.remove, async ({ params, actor }) => {
  await removeQueue(params.name, actor);
  return { ok: true as const };
});

serve(api.nodes.list, async ({ query }) => {
  const { nodes, total } = nodePage(await listNodes(database().client), query);
  return {
    items: nodes.map(({ logUrl: _, registeredAt, lastHeartbeatAt, ...node }) => ({
      ...node,
      registeredAt: registeredAt.toISOString(),
      lastHeartbeatAt: lastHeartbeatAt.toISOString(),
    })),
    total,
    asOf: new Date().toISOString(),
  };
});

async function loadQueue(name: string): Promise<QueueView> {
  const queue = (await loadQueues()).find((candidate) => candidate.name === name);
  if (queue === undefined) throw new HttpError(404, 'queue.missing', `There is no pool ${name}.`);
  return queue;
}
