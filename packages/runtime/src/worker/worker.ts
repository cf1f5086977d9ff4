import type {
  Clock,
  ConnectorRegistry,
  Engine,
  MessageLink,
  SnapshotStorage,
  StateBackend,
  UserCode,
} from '@millrace/contracts';
import type { ApplicationId, ContainerId } from '@millrace/model';
import type { ContainerConfig } from '@millrace/protocol';
import type { Logger, MetricRegistry } from '@millrace/telemetry';
import { openExchange } from '../exchange/tcp.ts';
import { EXIT } from '../last-words.ts';
import type { End } from '../master/application-master.ts';
import { connectToMaster } from './master-link.ts';

/** For tasks to close their writers (open transactions are aborted) once the master is gone. */
const CLOSE_MS = 10_000;

export interface WorkerParts {
  readonly config: ContainerConfig;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly connectors: ConnectorRegistry;
  readonly stateBackend: StateBackend;
  readonly userCode: UserCode;
  readonly snapshots: SnapshotStorage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

/** Serves one master until it lets go, disappears, or the signal aborts. A worker never outlives its master. */
export async function runWorker(parts: WorkerParts, signal: AbortSignal): Promise<End> {
  const { config, clock, log } = parts;
  if (config.masterAddress === undefined) throw new Error('container.json of a worker names no master');
  const identity = { application: config.application, container: config.container, token: config.token };
  const exchange = await openExchange({ identity });
  try {
    const to = { address: config.masterAddress, identity, attempt: config.attempt, exchangeAddress: exchange.address };
    const { link, engine: name, released } = await connectToMaster(to, clock, signal);
    log.info('connected to the master', { engine: name, exchange: exchange.address });
    const engine = parts.engines.get(name);
    if (engine === undefined) throw new Error(`there is no engine called ${name}`);
    const gone = closeNotice(link);
    const served = engine.serve(
      {
        container: config.container as ContainerId,
        application: config.application as ApplicationId,
        clock,
        log,
        metrics: parts.metrics.root,
        connectors: parts.connectors,
        stateBackend: parts.stateBackend,
        userCode: parts.userCode,
        snapshots: parts.snapshots,
        exchange,
        master: gone.link,
      },
      signal,
    );
    const late = gone.closed.then(() => clock.sleep(CLOSE_MS, new AbortController().signal));
    await Promise.race([served, late]);
    if (signal.aborted) return { code: EXIT.done, reason: 'asked to end' };
    if (released()) return { code: EXIT.done, reason: 'released by the master' };
    return { code: EXIT.masterVanished, reason: `the master vanished: ${await gone.closed}` };
  } finally {
    await exchange.close();
  }
}

/** The engine has the one listener of a link; this lets us hear of the end as well. */
function closeNotice(link: MessageLink): { link: MessageLink; closed: Promise<string> } {
  let engineListener: ((reason: string) => void) | undefined;
  let reason: string | undefined;
  const closed = new Promise<string>((resolve) => {
    link.onClose((said) => {
      reason = said;
      engineListener?.(said);
      resolve(said);
    });
  });
  const shared: MessageLink = {
    send: (message) => link.send(message),
    onMessage: (listener) => link.onMessage(listener),
    onClose(listener) {
      engineListener = listener;
      if (reason !== undefined) listener(reason);
    },
    close: () => link.close(),
  };
  return { link: shared, closed };
}
