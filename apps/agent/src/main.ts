import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, systemClock } from '@millrace/telemetry';
import { runAgent } from './agent.ts';
import { parseEnvironment } from './env.ts';
import { ProcessLauncher } from './launchers/process.ts';
import { runtimeCommand } from './launchers/runtime-command.ts';
import { startLogServer } from './logs/server.ts';
import { openProcessTable } from './processes/process-table.ts';
import { schedulerClient } from './scheduler-client.ts';
import { UsageMeter } from './usage.ts';

const options = parseEnvironment(process.env);
const log = createLogger({ name: 'agent', fields: { node: options.node }, secrets: [options.clusterToken] });
const containers = join(options.directory, 'containers');
await mkdir(containers, { recursive: true, mode: 0o700 });

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info('the agent stops, its containers go on', { signal });
    stopping.abort();
  });
}

const logs = await startLogServer(containers, options.clusterToken);
const launcher = new ProcessLauncher({
  containers,
  command: runtimeCommand(options.runtimeDirectory, options.connectorEnvironment),
  table: openProcessTable(),
  clock: systemClock,
  log,
});
await runAgent(
  {
    identity: { node: options.node, incarnation: randomUUID(), capacity: options.capacity, logUrl: logs.url },
    launcher,
    heartbeat: schedulerClient(options.schedulerUrl, options.clusterToken),
    usage: new UsageMeter(),
    clock: systemClock,
    log,
    onReady: () => process.stdout.write(`${JSON.stringify({ ready: true, node: options.node, logUrl: logs.url })}\n`),
  },
  stopping.signal,
);
await logs.close();
