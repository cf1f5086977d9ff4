import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const MODE_OF_OTHERS = 0o077;

/** The process environment of the scheduler; only main.ts reads it. Everything wrong is reported at once. */
const envSchema = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a PostgreSQL URL, postgresql://user:password@host/database'),
  /** Absent: BullMQ keeps its wake-ups in PostgreSQL too. */
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'a Redis URL, redis://host:6379')
    .optional(),
  /** 0: any free port; the line on stdout says which. */
  MILLRACE_SCHEDULER_PORT: z.coerce.number().int().min(0).max(65_535).default(9_180),
  MILLRACE_CLUSTER_TOKEN_FILE: z.string().min(1),
  MILLRACE_SECRET_KEY_FILE: z.string().min(1),
  MILLRACE_CHECKPOINT_DIR: z.string().startsWith('/', 'an absolute path on storage that all nodes share'),
  /** For Kafka tables that name no brokers of their own. */
  MILLRACE_KAFKA_BROKERS: z.string().min(1),
});

export interface SchedulerEnv {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly port: number;
  readonly clusterToken: string;
  readonly secretKey: Uint8Array;
  readonly checkpointDir: string;
  readonly kafkaBrokers: string;
}

/** Throws one error that names every variable to fix. */
export function readEnv(env: Readonly<Record<string, string | undefined>>): SchedulerEnv {
  const parsed = envSchema.safeParse(env);
  if (!parsed.success)
    throw new Error(
      `The environment is not right:\n${parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
    );
  const { data } = parsed;
  return {
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    port: data.MILLRACE_SCHEDULER_PORT,
    clusterToken: secretIn(data.MILLRACE_CLUSTER_TOKEN_FILE, 'MILLRACE_CLUSTER_TOKEN_FILE').toString('hex'),
    secretKey: secretIn(data.MILLRACE_SECRET_KEY_FILE, 'MILLRACE_SECRET_KEY_FILE'),
    checkpointDir: data.MILLRACE_CHECKPOINT_DIR,
    kafkaBrokers: data.MILLRACE_KAFKA_BROKERS,
  };
}

/** 32 bytes or more in hexadecimal, in a file that only its owner can read. */
function secretIn(file: string, variable: string): Buffer {
  const text = readFileSync(file, 'utf8').trim();
  if (!/^([0-9a-f]{2}){32,}$/i.test(text))
    throw new Error(`${variable}: the file must hold at least 32 bytes in hexadecimal.`);
  if ((statSync(file).mode & MODE_OF_OTHERS) !== 0)
    throw new Error(`${variable}: others can read the file; make it private with chmod 600.`);
  return Buffer.from(text, 'hex');
}
