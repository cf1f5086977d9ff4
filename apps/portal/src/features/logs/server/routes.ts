import { listContainers } from '@millrace/database';
import { logSliceSchema } from '@millrace/protocol';
import { idParamSchema, logQuerySchema } from '@millrace/protocol/api';
import { environment } from '../../../env.ts';
import { route } from '../../../server/api.ts';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';

/** By container id and stream, never by a path: the agent builds the file's name itself. */
route(
  {
    method: 'get',
    path: '/containers/{id}/logs',
    summary: 'A slice of a container’s log; a negative offset counts from the end',
    permission: 'read',
    params: idParamSchema,
    query: logQuerySchema,
    answer: logSliceSchema,
  },
  async ({ params, query }) => {
    const [container] = await listContainers(database().client, { id: params.id, limit: 1 });
    if (container === undefined) throw new HttpError(404, 'container.missing', 'There is no such container.');
    const url = `${container.logUrl}/containers/${container.id}/logs/${query.stream}?offset=${query.offset}&limit=${query.limit}`;
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${environment().clusterToken}` },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    if (response === undefined)
      throw new HttpError(
        502,
        'node.unreachable',
        `The node agent of ${container.nodeId} does not answer; the log is on that node.`,
      );
    if (response.status === 404)
      throw new HttpError(404, 'log.missing', 'The container has written no such log, or it was removed.');
    if (!response.ok)
      throw new HttpError(
        502,
        'node.unreachable',
        `The node agent of ${container.nodeId} answered ${response.status}.`,
      );
    return logSliceSchema.parse(await response.json());
  },
);
