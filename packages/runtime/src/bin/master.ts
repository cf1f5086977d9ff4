import { readContainerConfig } from '../container-config.ts';
import { endContainer, endOnUncaught } from '../last-words.ts';
import { runApplicationMaster } from '../master/application-master.ts';
import { processParts } from '../process-parts.ts';
import { connectorRegistry, ENGINES_BY_NAME } from '../registry.ts';

// Not awaited at the top level: the bundle of it is a script (tooling, quick-start).
void main();

async function main(): Promise<void> {
  const config = await readContainerConfig('master');
  const { log, metrics, clock, stopping } = processParts(config);
  endOnUncaught(log);
  const parts = { config, log, metrics, clock, engines: ENGINES_BY_NAME, connectors: connectorRegistry(process.env) };
  const { code, reason } = await runApplicationMaster(parts, stopping);
  endContainer(code, reason, log);
}
