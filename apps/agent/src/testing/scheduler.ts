import { createServer } from 'node:http';
import {
  type ContainerLaunch,
  type NodeHeartbeat,
  type NodeHeartbeatAnswer,
  nodeHeartbeatAnswerSchema,
  nodeHeartbeatSchema,
} from '@millrace/protocol';

/** The scheduler's side of the resource tracker, told by a test what it wants. Refuses anything the protocol does not allow. */
export interface TestScheduler {
  readonly url: string;
  wanted: ContainerLaunch[];
  stop: NodeHeartbeatAnswer['stop'];
  forget: string[];
  /** Answers 503 while true. */
  away: boolean;
  readonly heartbeats: readonly NodeHeartbeat[];
  /** Calls turned away so far. */
  refused: number;
  /** The first heartbeat from now on for which `holds` is true. */
  until(holds: (heartbeat: NodeHeartbeat) => boolean, timeoutMs?: number): Promise<NodeHeartbeat>;
  close(): Promise<void>;
}

export async function startTestScheduler(token: string): Promise<TestScheduler> {
  const heartbeats: NodeHeartbeat[] = [];
  const waiting = new Set<(heartbeat: NodeHeartbeat) => void>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const authorized = request.headers.authorization === `Bearer ${token}`;
    if (scheduler.away || !authorized || request.url !== '/v1/nodes/heartbeat') {
      scheduler.refused++;
      response.writeHead(scheduler.away ? 503 : 401).end();
      return;
    }
    const heartbeat = nodeHeartbeatSchema.parse(JSON.parse(text));
    heartbeats.push(heartbeat);
    for (const look of [...waiting]) look(heartbeat);
    const { wanted, stop, forget } = scheduler;
    response.end(JSON.stringify(nodeHeartbeatAnswerSchema.parse({ wanted, stop, forget })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const scheduler: TestScheduler = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    wanted: [],
    stop: [],
    forget: [],
    away: false,
    heartbeats,
    refused: 0,
    until(holds, timeoutMs = 45_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(`not within ${timeoutMs} ms; last heartbeat: ${JSON.stringify(heartbeats.at(-1)?.containers)}`),
          );
        }, timeoutMs);
        const look = (heartbeat: NodeHeartbeat): void => {
          if (!holds(heartbeat)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(heartbeat);
        };
        waiting.add(look);
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scheduler;
}
