import { type NodeHeartbeat, type NodeHeartbeatAnswer, nodeHeartbeatAnswerSchema } from '@millrace/protocol';

/** Short: nobody watches the containers' memory during a call. */
const TIMEOUT_MS = 3_000;

export type Heartbeat = (heartbeat: NodeHeartbeat, signal: AbortSignal) => Promise<NodeHeartbeatAnswer>;

/** One call, no retry: the next heartbeat is the retry. Rejects with one sentence. */
export function schedulerClient(schedulerUrl: string, clusterToken: string): Heartbeat {
  return async (heartbeat, signal) => {
    const response = await fetch(`${schedulerUrl}/v1/nodes/heartbeat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${clusterToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(heartbeat),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: 'error',
    });
    if (!response.ok)
      throw new Error(`the scheduler answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    return nodeHeartbeatAnswerSchema.parse(await response.json());
  };
}
