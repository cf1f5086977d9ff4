import { readContainerConfig } from '../container-config.ts';
import { endContainer, endOnUncaught } from '../last-words.ts';
import { processParts } from '../process-parts.ts';
import { connectorRegistry, ENGINES_BY_NAME, snapshotStorage, stateBackend, userCode } from '../registry.ts';
import { runWorker } from '../worker/worker.ts';

// Not awaited at the top level: the bundle of it is a script (tooling, quick-start).
void main();

async function main(): Promise<void> {
  const config = await readContainerConfig('worker');
  const { log, metrics, clock, stopping } = processParts(config);
  endOnUncaught(log);
  const { code, reason } = await runWorker(
    {
      config,
      log,
      metrics,
      clock,
      engines: ENGINES_BY_NAME,
      connectors: connectorRegistry(process.env),
      stateBackend: stateBackend(),
      userCode: userCode(),
      snapshots: snapshotStorage(config.checkpointDir),
    },
    stopping,
  );
  endContainer(code, reason, log);
}
