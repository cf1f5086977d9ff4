import { readFileSync } from 'node:fs';
import { connectorEnvironment, connectorSettingsOf } from '@millrace/protocol';
import { z } from 'zod';

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  MILLRACE_KAFKA_BROKERS: z.string().min(1),
  MILLRACE_CLUSTER_TOKEN_FILE: z.string().min(1),
  MILLRACE_SECRET_KEY_FILE: z.string().min(1),
  MILLRACE_RUNTIME_DIR: z.string().min(1),
});

/** The environment of the portal's server, with the key files read. */
export interface Environment {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly clusterToken: string;
  readonly secretKey: Uint8Array;
  readonly runtimeDir: string;
  /** What previews get of this environment: the settings of connectors. */
  readonly connectorEnvironment: Readonly<Record<string, string>>;
  /** Hosts of private networks that may be looked into: those of jobs, and the platform's own brokers. */
  readonly allowedHosts: readonly string[];
}

let parsed: Environment | undefined;

/** Parsed at the first request, not at import: `next build` runs without an environment. Throws with everything that is wrong. */
export function environment(): Environment {
  parsed ??= parse(process.env);
  return parsed;
}

function parse(env: NodeJS.ProcessEnv): Environment {
  const result = schema.safeParse(env);
  if (!result.success) {
    throw new Error(
      `portal: ${result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    );
  }
  return {
    databaseUrl: result.data.DATABASE_URL,
    kafkaBrokers: result.data.MILLRACE_KAFKA_BROKERS,
    clusterToken: readFileSync(result.data.MILLRACE_CLUSTER_TOKEN_FILE, 'utf8').trim(),
    secretKey: Buffer.from(readFileSync(result.data.MILLRACE_SECRET_KEY_FILE, 'utf8').trim(), 'hex'),
    runtimeDir: result.data.MILLRACE_RUNTIME_DIR,
    connectorEnvironment: connectorEnvironment(env),
    allowedHosts: [...connectorSettingsOf(env).allowedHosts, ...result.data.MILLRACE_KAFKA_BROKERS.split(',')],
  };
}
