import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

/**
 * Ends the containers of this instance's node. Containers outlive the agent on purpose; when the whole
 * platform stops they must go too: first a request (open transactions are aborted), then force.
 */
export async function stopContainers(agentDir: string, timeoutMs: number): Promise<number> {
  const running = containersIn(agentDir).filter((process) => signalGroup(process, 'SIGTERM'));
  const deadline = performance.now() + timeoutMs;
  while (running.some(isAlive) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const process of running) signalGroup(process, 'SIGKILL');
  return running.length;
}

/** From the `process.json` that the agent writes at launch. */
function containersIn(agentDir: string): ProcessIdentity[] {
  const folder = path.join(agentDir, 'containers');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((id) => {
    const file = path.join(folder, id, 'process.json');
    if (!existsSync(file)) return [];
    const { pid, startTicks }: { pid?: unknown; startTicks?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
    return typeof pid === 'number' && typeof startTicks === 'string' ? [{ pid, startTicks }] : [];
  });
}
