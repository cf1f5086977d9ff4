import path from 'node:path';
import { BUILD_DIR, PORTAL_DIR, ROOT } from './build.ts';
import type { KeyFiles } from './key-files.ts';
import type { ServiceSpec } from './service.ts';

/** What all programs need to find each other. */
export interface Addresses {
  readonly dataDir: string;
  readonly keys: KeyFiles;
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  /** Of the embedded broker. */
  readonly kafkaStatusUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Hosts of private networks jobs may reach, separated by commas. */
  readonly connectorAllow: string;
  readonly portalPort: number;
  readonly schedulerPort: number;
}

const READY_MS = 30_000;

/** A clean environment: nothing of the caller's (and no secret of another part) leaks into a program. */
const base = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  NODE_ENV: 'production',
  TZ: 'UTC',
});

/** What jobs may touch: files below one folder of the data, and these hosts of private networks. */
const connectorSettings = ({ dataDir, connectorAllow }: Addresses) => ({
  MILLRACE_FILES_ROOT: path.join(dataDir, 'files'),
  MILLRACE_CONNECTOR_ALLOW: connectorAllow,
});

const logs = (dataDir: string) => path.join(dataDir, 'logs');

/** Its status is told on loopback, to whoever knows the cluster's token. */
export function brokerService(
  dataDir: string,
  ports: { readonly kafka: number; readonly kafkaStatus: number },
  tokenFile: string,
): ServiceSpec {
  return {
    name: 'broker',
    args: [
      path.join(BUILD_DIR, 'broker.js'),
      '--host',
      '127.0.0.1',
      '--port',
      String(ports.kafka),
      '--data-dir',
      path.join(dataDir, 'kafka'),
      '--status-port',
      String(ports.kafkaStatus),
      '--status-token-file',
      tokenFile,
    ],
    env: base(),
    cwd: ROOT,
    logDir: logs(dataDir),
    readyTimeoutMs: READY_MS,
  };
}

export function schedulerService(at: Addresses): ServiceSpec {
  return {
    name: 'scheduler',
    args: [path.join(BUILD_DIR, 'scheduler.js')],
    env: {
      ...base(),
      DATABASE_URL: at.databaseUrl,
      ...(at.redisUrl === undefined ? {} : { REDIS_URL: at.redisUrl }),
      MILLRACE_SCHEDULER_PORT: String(at.schedulerPort),
      MILLRACE_CLUSTER_TOKEN_FILE: at.keys.clusterToken,
      MILLRACE_SECRET_KEY_FILE: at.keys.secretKey,
      MILLRACE_CHECKPOINT_DIR: path.join(at.dataDir, 'checkpoints'),
      MILLRACE_KAFKA_BROKERS: at.kafkaBrokers,
    },
    cwd: ROOT,
    logDir: logs(at.dataDir),
    readyTimeoutMs: READY_MS,
  };
}

export function agentService(at: Addresses, capacity: { vcores: number; memoryMb: number }): ServiceSpec {
  return {
    name: 'agent',
    args: [path.join(BUILD_DIR, 'agent.js')],
    env: {
      ...base(),
      MILLRACE_SCHEDULER_URL: `http://127.0.0.1:${at.schedulerPort}`,
      MILLRACE_CLUSTER_TOKEN_FILE: at.keys.clusterToken,
      MILLRACE_NODE_ID: 'local',
      MILLRACE_AGENT_DIR: path.join(at.dataDir, 'agent'),
      MILLRACE_NODE_VCORES: String(capacity.vcores),
      MILLRACE_NODE_MEMORY_MB: String(capacity.memoryMb),
      MILLRACE_RUNTIME_DIR: BUILD_DIR,
      ...connectorSettings(at),
    },
    cwd: ROOT,
    logDir: logs(at.dataDir),
    readyTimeoutMs: READY_MS,
  };
}

export function portalService(at: Addresses): ServiceSpec {
  const next = path.join(ROOT, 'node_modules/next/dist/bin/next');
  return {
    name: 'portal',
    args: [next, 'start', '--hostname', '127.0.0.1', '--port', String(at.portalPort)],
    env: {
      ...base(),
      NEXT_TELEMETRY_DISABLED: '1',
      PORT: String(at.portalPort),
      DATABASE_URL: at.databaseUrl,
      ...(at.redisUrl === undefined ? {} : { REDIS_URL: at.redisUrl }),
      MILLRACE_KAFKA_BROKERS: at.kafkaBrokers,
      MILLRACE_CLUSTER_TOKEN_FILE: at.keys.clusterToken,
      MILLRACE_SECRET_KEY_FILE: at.keys.secretKey,
      MILLRACE_RUNTIME_DIR: BUILD_DIR,
      ...connectorSettings(at),
    },
    cwd: PORTAL_DIR,
    logDir: logs(at.dataDir),
    ready: (signal) => answers(`http://127.0.0.1:${at.portalPort}/api/v1/healthz`, signal),
    readyTimeoutMs: READY_MS * 2,
  };
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
