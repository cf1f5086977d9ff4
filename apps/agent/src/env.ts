import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { connectorEnvironment, connectorSettingsOf } from '@millrace/protocol';
import { z } from 'zod';

const absolute = z.string().refine(isAbsolute, 'an absolute path');

const environmentSchema = z.object({
  /** Base URL of the scheduler. */
  MILLRACE_SCHEDULER_URL: z.url(),
  /** File with the secret that nodes and scheduler share; the secret itself never stands in an environment. */
  MILLRACE_CLUSTER_TOKEN_FILE: absolute,
  MILLRACE_NODE_ID: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, 'letters, digits, dot, underscore, hyphen'),
  /** Where containers have their directories; survives restarts of the agent. */
  MILLRACE_AGENT_DIR: absolute,
  /** What this node offers. */
  MILLRACE_NODE_VCORES: z.coerce.number().positive(),
  MILLRACE_NODE_MEMORY_MB: z.coerce.number().int().positive(),
  /** Folder with master.js and worker.js. */
  MILLRACE_RUNTIME_DIR: absolute,
});

export interface AgentOptions {
  readonly schedulerUrl: string;
  readonly clusterToken: string;
  readonly node: string;
  readonly directory: string;
  readonly capacity: { readonly vcores: number; readonly memoryMb: number };
  readonly runtimeDirectory: string;
  /** What containers get of this environment: the settings of connectors. */
  readonly connectorEnvironment: Readonly<Record<string, string>>;
}

/** Everything that is wrong with the environment at once, one line each. */
export function parseEnvironment(environment: NodeJS.ProcessEnv): AgentOptions {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`The agent cannot start, its environment is wrong:\n${lines.join('\n')}`);
  }
  const env = parsed.data;
  return {
    schedulerUrl: env.MILLRACE_SCHEDULER_URL.replace(/\/+$/, ''),
    clusterToken: readToken(env.MILLRACE_CLUSTER_TOKEN_FILE),
    node: env.MILLRACE_NODE_ID,
    directory: env.MILLRACE_AGENT_DIR,
    capacity: { vcores: env.MILLRACE_NODE_VCORES, memoryMb: env.MILLRACE_NODE_MEMORY_MB },
    runtimeDirectory: env.MILLRACE_RUNTIME_DIR,
    connectorEnvironment: checkedConnectorEnvironment(environment),
  };
}

/** Wrong settings are told when the node starts, not by every container. */
function checkedConnectorEnvironment(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  connectorSettingsOf(environment);
  return connectorEnvironment(environment);
}

function readToken(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  if (token.length < 32) throw new Error(`MILLRACE_CLUSTER_TOKEN_FILE: ${file} holds fewer than 32 characters.`);
  return token;
}
