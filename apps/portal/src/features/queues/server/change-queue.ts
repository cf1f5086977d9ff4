import {
  type Actor,
  createQueue,
  deleteQueue,
  listQueueConfigs,
  type Queryable,
  updateQueue,
} from '@millrace/database';
import type { QueueConfig, QueueName } from '@millrace/model';
import type { newQueueSchema, QueueChange } from '@millrace/protocol/api';
import { validateQueues } from '@millrace/resource-manager';
import type { z } from 'zod';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { clusterCapacity } from './cluster-capacity.ts';

type Finding = { readonly path: string; readonly message: string };

/** Applies an edit when the whole tree would still be sound; answers with the warnings that do not block. */
export function changeQueue(name: string, { version, ...change }: QueueChange, actor: Actor): Promise<Finding[]> {
  return database().transaction(async (transaction) => {
    const queues = await listQueueConfigs(transaction);
    const before = queues.find((queue) => queue.name === name);
    if (before === undefined) throw new HttpError(404, 'queue.missing', `There is no pool ${name}.`);
    const after: QueueConfig = {
      ...before,
      guaranteed: change.guaranteed ?? before.guaranteed,
      maximum: change.maximum ?? before.maximum,
      policy: change.policy ?? before.policy,
      state: change.state ?? before.state,
      maxApplications: change.maxApplications ?? before.maxApplications,
    };
    const warnings = await validate(
      transaction,
      queues.map((queue) => (queue.name === name ? after : queue)),
      name,
    );
    await updateQueue(transaction, { queue: after, version }, actor);
    return warnings;
  });
}

export function addQueue(body: z.output<typeof newQueueSchema>, actor: Actor): Promise<Finding[]> {
  return database().transaction(async (transaction) => {
    const queues = await listQueueConfigs(transaction);
    const cut = body.name.lastIndexOf('.');
    const queue: QueueConfig = {
      ...body,
      name: body.name as QueueName,
      parent: cut < 0 ? undefined : (body.name.slice(0, cut) as QueueName),
      state: 'running',
    };
    const warnings = await validate(transaction, [...queues, queue], body.name);
    await createQueue(transaction, queue, actor);
    return warnings;
  });
}

export function removeQueue(name: string, actor: Actor): Promise<void> {
  return database().transaction((transaction) => deleteQueue(transaction, name, actor));
}

async function validate(transaction: Queryable, queues: readonly QueueConfig[], edited: string): Promise<Finding[]> {
  const findings = validateQueues(queues, await clusterCapacity(transaction)).map(
    ({ queue, field, severity, message }) => ({
      severity,
      path: field,
      message: queue === edited ? message : `${queue}: ${message}`,
    }),
  );
  const errors = findings
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => ({ path, message }));
  if (errors.length > 0)
    throw new HttpError(422, 'queue.invalid', `The pools would not fit together: ${errors[0]?.message}.`, errors);
  return findings.map(({ path, message }) => ({ path, message }));
}
