import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startBroker } from './broker.ts';
import { parseListeners, type TlsFiles } from './connections/listener-options.ts';

const USAGE =
  'usage: main.ts --data-dir <dir> [--host 127.0.0.1] [--port 0] [--advertised-host <name>] [--flush group-commit|none]' +
  ' [--no-auto-create] [--default-partitions 1]\n  with log-ins or TLS, instead of host and port:' +
  ' --listeners PLAINTEXT://127.0.0.1:9092,SASL_SSL://0.0.0.0:9093 [--advertised-listeners SASL_SSL://name:9093]' +
  ' [--tls-cert cert.pem --tls-key key.pem] [--users-file users.json: {"name": "password"}]' +
  ' [--authorizer auto|acls|off] [--super-users "User:one;User:two"]';

const Arguments = z.object({
  'data-dir': z.string().min(1),
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  'advertised-host': z.string().optional(),
  flush: z.enum(['group-commit', 'none']).default('group-commit'),
  'no-auto-create': z.boolean().default(false),
  'default-partitions': z.coerce.number().int().min(1).max(1000).default(1),
  authorizer: z.enum(['auto', 'acls', 'off']).default('auto'),
  'super-users': z.string().default(''),
  listeners: z.string().default(''),
  'advertised-listeners': z.string().default(''),
  'tls-cert': z.string().optional(),
  'tls-key': z.string().optional(),
  'users-file': z.string().optional(),
});

/** One broker as a process: prints one JSON line when it listens, stops cleanly on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const args = readArguments();
  const advertisedHost = args['advertised-host'];
  const broker = await startBroker({
    dataDir: args['data-dir'],
    host: args.host,
    port: args.port,
    flush: args.flush,
    autoCreateTopics: !args['no-auto-create'],
    defaultPartitions: args['default-partitions'],
    listeners: parseListeners(args.listeners, args['advertised-listeners'], tlsFiles(args)),
    users: readUsers(args['users-file']),
    authorizer: args.authorizer,
    superUsers: args['super-users'].split(';').filter((user) => user !== ''),
    log: (line) => process.stderr.write(`${line}\n`),
    ...(advertisedHost === undefined ? {} : { advertisedHost }),
  });
  const stop = () => void broker.close().catch(fail);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { host, port, listeners } = broker;
  process.stdout.write(`${JSON.stringify({ ready: true, host, port, listeners, pid: process.pid })}\n`);
}

function readArguments(): z.infer<typeof Arguments> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{
        'data-dir': text,
        host: text,
        port: text,
        'advertised-host': text,
        flush: text,
      },
      ...{ 'no-auto-create': { type: 'boolean' }, 'default-partitions': text },
      ...{ authorizer: text, 'super-users': text },
      ...{ listeners: text, 'advertised-listeners': text, 'tls-cert': text, 'tls-key': text, 'users-file': text },
    },
  });
  const parsed = Arguments.safeParse(values);
  if (!parsed.success)
    throw new Error(`${parsed.error.issues.map((i) => `--${i.path.join('.')}: ${i.message}`).join('; ')}\n${USAGE}`);
  return parsed.data;
}

function tlsFiles(args: z.infer<typeof Arguments>): TlsFiles | undefined {
  const [certFile, keyFile] = [args['tls-cert'], args['tls-key']];
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

/** Passwords come in a file: arguments and environment can be read by others. */
function readUsers(path: string | undefined): Readonly<Record<string, string>> {
  if (path === undefined) return {};
  const users = z.record(z.string().min(1), z.string().min(1)).safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!users.success) throw new Error(`${path}: expected {"name": "password", ...}`);
  return users.data;
}

function fail(error: unknown): never {
  process.stderr.write(`broker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
