import { listNodes, listQueueConfigs, updateQueue } from '@millrace/database';
import { add, NO_RESOURCE, type QueueConfig } from '@millrace/model';
import { nodeSchema, queueChangeSchema, queueSchema } from '@millrace/protocol/api';
import { validateQueues } from '@millrace/resource-manager';
import { z } from 'zod';
import { route } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { loadQueues } from './queue-view.ts';

route(
  {
    method: 'get',
    path: '/queues',
    summary: 'The tree of pools with load and who waits',
    permission: 'read',
    answer: z.object({ items: z.array(queueSchema) }),
  },
  async () => ({
    items: await loadQueues(),
  }),
);

route(
  {
    method: 'patch',
    path: '/queues/{name}',
    summary:
      'Change a pool; refused as a whole when the tree would not be sound, or somebody else changed it meanwhile',
    permission: 'administer',
    params: z.object({ name: z.string() }),
    body: queueChangeSchema,
    answer: z.object({ queue: queueSchema, warnings: z.array(z.object({ path: z.string(), message: z.string() })) }),
  },
  async ({ params, body, actor }) => {
    const { version, guaranteed, maximum, policy, state, maxApplications } = body;
    const warnings = await database().transaction(async (transaction) => {
      const queues = await listQueueConfigs(transaction);
      const before = queues.find((queue) => queue.name === params.name);
      if (before === undefined) throw new HttpError(404, 'queue.missing', `There is no pool ${params.name}.`);
      const after: QueueConfig = {
        ...before,
        guaranteed: guaranteed ?? before.guaranteed,
        maximum: maximum ?? before.maximum,
        policy: policy ?? before.policy,
        state: state ?? before.state,
        maxApplications: maxApplications ?? before.maxApplications,
      };
      const nodes = await listNodes(transaction);
      const capacity = nodes
        .filter((node) => node.status !== 'lost')
        .reduce((sum, node) => add(sum, node.capacity), NO_RESOURCE);
      const findings = validateQueues(
        queues.map((queue) => (queue.name === after.name ? after : queue)),
        capacity,
      );
      const shown = findings.map((finding) => ({
        severity: finding.severity,
        path: finding.field,
        message: finding.queue === after.name ? finding.message : `${finding.queue}: ${finding.message}`,
      }));
      const errors = shown.filter((finding) => finding.severity === 'error');
      if (errors.length > 0)
        throw new HttpError(
          422,
          'queue.invalid',
          'The pools would not fit together.',
          errors.map(({ path, message }) => ({ path, message })),
        );
      await updateQueue(transaction, { queue: after, version }, actor);
      return shown.map(({ path, message }) => ({ path, message }));
    });
    const queue = (await loadQueues()).find(({ name }) => name === params.name);
    if (queue === undefined) throw new HttpError(404, 'queue.missing', `There is no pool ${params.name}.`);
    return { queue, warnings };
  },
);

route(
  {
    method: 'get',
    path: '/nodes',
    summary: 'Machines and what they hold',
    permission: 'read',
    answer: z.object({ items: z.array(nodeSchema) }),
  },
  async () => ({
    items: (await listNodes(database().client)).map(
      ({ id, status, capacity, allocated, cpuRatio, usedMemoryMb, containers, lastHeartbeatAt }) => ({
        ...{ id, status, capacity, allocated, cpuRatio, usedMemoryMb, containers },
        lastHeartbeatAt: lastHeartbeatAt.toISOString(),
      }),
    ),
  }),
);
