import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseListeners, type TlsFiles } from './connections/listener-options.ts';
import type { BrokerOptions } from './options.ts';

/** What `--help` says. */
export const USAGE = `usage: millrace broker --data-dir <dir> [options]

  --data-dir <dir>             where logs and journals live; created when missing, locked while the broker runs
  --port <port>                0 (the default) takes a free one
  --host <address>             127.0.0.1
  --advertised-host <name>     what clients are told to connect to, when that is not the host
  --fsync group-commit|none    group-commit: what is acknowledged is on the disk, one fdatasync for all that arrived
                               meanwhile; none: the operating system writes when it likes, so a power failure (not a
                               crash of the broker) may lose acknowledged records; for tests and throw-away data
  --no-auto-create             topics must be created before they are used
  --default-partitions <n>     1
  --housekeeping-ms <n>        30000; how often retention and compaction look for work

with log-ins or TLS, instead of host and port:

  --listeners <list>           PLAINTEXT://127.0.0.1:9092,SASL_SSL://0.0.0.0:9093
  --advertised-listeners <list>
  --tls-cert <pem> --tls-key <pem>
  --tls-client-ca <pem>        clients must show a certificate that these authorities signed
  --users-file <json>          {"name": "password"}
  --authorizer auto|acls|off
  --super-users "User:one;User:two"

for other programs on this machine, over HTTP on loopback:

  --status-port <port>         GET /metrics (Prometheus) and GET /clients (JSON)
  --status-token-file <file>   the token they send: Authorization: Bearer <token>`;

const Arguments = z.object({
  'data-dir': z.string().min(1),
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  'advertised-host': z.string().optional(),
  fsync: z.enum(['group-commit', 'none']).default('group-commit'),
  'housekeeping-ms': z.coerce.number().int().min(1).max(2_147_483_647).default(30_000),
  'no-auto-create': z.boolean().default(false),
  'default-partitions': z.coerce.number().int().min(1).max(1000).default(1),
  authorizer: z.enum(['auto', 'acls', 'off']).default('auto'),
  'super-users': z.string().default(''),
  listeners: z.string().default(''),
  'advertised-listeners': z.string().default(''),
  'tls-cert': z.string().optional(),
  'tls-key': z.string().optional(),
  'tls-client-ca': z.string().optional(),
  'users-file': z.string().optional(),
  'status-port': z.coerce.number().int().min(0).max(65_535).optional(),
  'status-token-file': z.string().optional(),
});

/** Reads the command line. Throws with every option that is wrong. */
export function readArguments(): z.infer<typeof Arguments> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{
        'data-dir': text,
        host: text,
        port: text,
        'advertised-host': text,
        fsync: text,
        'housekeeping-ms': text,
      },
      ...{ 'no-auto-create': { type: 'boolean' }, 'default-partitions': text },
      ...{ authorizer: text, 'super-users': text },
      ...{
        listeners: text,
        'advertised-listeners': text,
        'tls-cert': text,
        'tls-key': text,
        'tls-client-ca': text,
        'users-file': text,
        'status-port': text,
        'status-token-file': text,
      },
    },
  });
  const parsed = Arguments.safeParse(values);
  if (!parsed.success)
    throw new Error(
      `${parsed.error.issues.map((i) => `--${i.path.join('.')}: ${i.message}`).join('; ')}; --help says more`,
    );
  return parsed.data;
}

/** How the command line wants the broker; reads the files it names. */
export function brokerOptions(args: z.infer<typeof Arguments>): BrokerOptions {
  const advertisedHost = args['advertised-host'];
  return {
    dataDir: args['data-dir'],
    host: args.host,
    port: args.port,
    flush: args.fsync,
    retentionScanMs: args['housekeeping-ms'],
    autoCreateTopics: !args['no-auto-create'],
    defaultPartitions: args['default-partitions'],
    listeners: parseListeners(args.listeners, args['advertised-listeners'], tlsFiles(args)),
    users: readUsers(args['users-file']),
    authorizer: args.authorizer,
    superUsers: args['super-users'].split(';').filter((user) => user !== ''),
    ...(advertisedHost === undefined ? {} : { advertisedHost }),
  };
}

/** Where the status is served, and for whom; undefined when nobody asked for it. */
export function statusOptions(
  args: z.infer<typeof Arguments>,
): { readonly port: number; readonly token: string } | undefined {
  const [port, tokenFile] = [args['status-port'], args['status-token-file']];
  if (port === undefined) return undefined;
  const token = tokenFile === undefined ? '' : readFileSync(tokenFile, 'utf8').trim();
  if (token === '') throw new Error('--status-port: needs a --status-token-file with a token in it');
  return { port, token };
}

function tlsFiles(args: z.infer<typeof Arguments>): TlsFiles | undefined {
  const [certFile, keyFile, clientCaFile] = [args['tls-cert'], args['tls-key'], args['tls-client-ca']];
  if (certFile === undefined || keyFile === undefined) return undefined;
  return { certFile, keyFile, ...(clientCaFile === undefined ? {} : { clientCaFile }) };
}

/** Passwords come in a file: arguments and environment can be read by others. */
function readUsers(path: string | undefined): Readonly<Record<string, string>> {
  if (path === undefined) return {};
  const users = z.record(z.string().min(1), z.string().min(1)).safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!users.success) throw new Error(`${path}: expected {"name": "password", ...}`);
  return users.data;
}
