import { type NodeHeartbeat, type NodeHeartbeatAnswer, nodeHeartbeatAnswerSchema } from '@millrace/protocol';

/** Short: nobody watches the containers' memory during a call. */
const TIMEOUT_MS = 3_000;

export type Heartbeat = (heartbeat: NodeHeartbeat, signal: AbortSignal) => Promise<NodeHeartbeatAnswer>;

/** One call, no retry: the next heartbeat is the retry. Rejects with one sentence. */
export function schedulerClient(schedulerUrl: string, clusterToken: string): Heartbeat {
  return async (heartbeat, signal) => {
    // Not AbortSignal.any: one a second for weeks on the same signal would pile up.
    const deadline = new AbortController();
    const abort = (): void => deadline.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const response = await fetch(`${schedulerUrl}/v1/nodes/heartbeat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${clusterToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(heartbeat),
        signal: deadline.signal,
        redirect: 'error',
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`the scheduler answered ${response.status}: ${text.slice(0, 500)}`);
      return nodeHeartbeatAnswerSchema.parse(JSON.parse(text));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
}
