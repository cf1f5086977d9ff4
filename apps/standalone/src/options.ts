import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const COMMANDS = ['run', 'build', 'setup'] as const;
/** `run` starts everything; `build` only builds; `setup` prepares a database and key files for programs started by others (compose). */
type Command = (typeof COMMANDS)[number];

/** What the command line and the environment say, parsed once. */
export interface Options {
  readonly command: Command;
  /** Port of the portal. */
  readonly port: number;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly adminPassword: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly redisUrl: string | undefined;
  /** Hosts of private networks jobs may reach, beside the platform's own Kafka and warehouse. */
  readonly connectorAllow: string | undefined;
  readonly node: { readonly vcores: number | undefined; readonly memoryMb: number | undefined };
}

const port = z.coerce.number().int().min(1).max(65_535);

const environment = z.object({
  MILLRACE_ADMIN_PASSWORD: z.string().min(12, 'at least 12 characters').optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'postgresql://user:password@host:5432/database' })
    .optional(),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'host:port, comma separated')
    .optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'redis://host:6379 or rediss://…' }).optional(),
  MILLRACE_CONNECTOR_ALLOW: z.string().optional(),
  MILLRACE_NODE_VCORES: z.coerce.number().positive().optional(),
  MILLRACE_NODE_MEMORY_MB: z.coerce.number().int().min(512).optional(),
});

/** Throws an Error whose message lists everything that is wrong, with the option's name. */
export function parseOptions(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Options {
  const { values, positionals } = parseWords(argv);
  const [command = 'run', ...rest] = positionals;
  const wrong: string[] = rest.map((word) => `unexpected argument "${word}"`);
  const known = COMMANDS.find((name) => name === command);
  if (known === undefined) wrong.push(`unknown command "${command}": ${COMMANDS.join(', ')}`);
  const parsedPort = port.safeParse(values.port);
  if (!parsedPort.success) wrong.push(`--port ${values.port}: a number from 1 to 65535`);
  // An empty variable means "not set", as in docker compose files.
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) wrong.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  if (wrong.length > 0 || !parsed.success)
    throw new Error(`Cannot start:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return {
    command: known ?? 'run',
    port: parsedPort.data ?? 3000,
    dataDir: path.resolve(cwd, values['data-dir']),
    demo: !values['no-demo'],
    adminPassword: parsed.data.MILLRACE_ADMIN_PASSWORD,
    databaseUrl: parsed.data.DATABASE_URL,
    kafkaBrokers: parsed.data.KAFKA_BROKERS,
    redisUrl: parsed.data.REDIS_URL,
    connectorAllow: parsed.data.MILLRACE_CONNECTOR_ALLOW,
    node: { vcores: parsed.data.MILLRACE_NODE_VCORES, memoryMb: parsed.data.MILLRACE_NODE_MEMORY_MB },
  };
}

function parseWords(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '3000' },
        'data-dir': { type: 'string', default: '.millrace' },
        'no-demo': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // Node's sentence names the word; its advice about "--" fits no option of ours.
    const [what] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new Error(`Cannot start:\n  ${what}. There are: --port N, --data-dir D, --no-demo`);
  }
}
