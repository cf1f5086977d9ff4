import { nodeHeartbeatSchema } from '@millrace/protocol';
import { type NodeHeartbeatParts, takeNodeHeartbeat } from '../nodes/node-heartbeat.ts';
import { HttpError, type Route } from './server.ts';
import { bears } from './token.ts';

/** Agents to scheduler (`resource-tracker` of the protocol). The cluster token opens it. */
export function resourceTrackerRoutes(parts: NodeHeartbeatParts): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/nodes/heartbeat',
      async handle({ body, authorization }) {
        if (!bears(authorization, parts.clusterToken))
          throw new HttpError(401, 'http.unauthorized', 'The cluster token is missing or wrong.');
        return takeNodeHeartbeat(parts, nodeHeartbeatSchema.parse(body));
      },
    },
  ];
}
