import { listContainers } from '@millrace/database';
import { logSliceSchema } from '@millrace/protocol';
import { api } from '@millrace/protocol/api';
import { environment } from '../../../env.ts';
import { serve } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';

/** By container id and stream, never by a path: the agent builds the file's name itself. */
serve(api.containers.logs, async ({ params, query }) => {
  const [container] = await listContainers(database().client, { id: params.containerId, limit: 1 });
  if (container === undefined) throw new HttpError(404, 'container.missing', 'There is no such container.');
  const url = `${container.logUrl}/containers/${container.id}/logs/${query.stream}?offset=${query.offset}&limit=${query.limit}`;
  const headers = { authorization: `Bearer ${environment().clusterToken}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  if (response === undefined) {
    throw new HttpError(
      502,
      'node.unreachable',
      `The agent of node ${container.nodeId} does not answer; the log is on that node.`,
    );
  }
  if (response.status === 404)
    throw new HttpError(404, 'log.missing', 'The container has written no such log, or it was removed.');
  if (!response.ok)
    throw new HttpError(502, 'node.unreachable', `The agent of node ${container.nodeId} answered ${response.status}.`);
  return logSliceSchema.parse(await response.json());
});
