import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

const START_MS_MAX = 20_000;

/** Why no server can be started here, in words that say what to install; undefined when one can. */
export const MISSING =
  spawnSync('redis-server', ['--version']).status === 0
    ? undefined
    : 'redis-server is not installed (Debian: apt-get install redis-server)';

/** A real Redis on loopback in a scratch folder, stopped by its process. */
export class RedisServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** `more`: arguments of redis-server; `tls`: it speaks nothing else. */
  static async start(
    more: readonly string[] = [],
    tls?: { readonly certFile: string; readonly keyFile: string; readonly ca: string },
  ) {
    const port = await freePort();
    const folder = mkdtempSync(path.join(tmpdir(), 'millrace-redis-'));
    const ports = tls === undefined ? ['--port', String(port)] : ['--port', '0', '--tls-port', String(port)];
    const certificates =
      tls === undefined
        ? []
        : [
            '--tls-cert-file',
            tls.certFile,
            '--tls-key-file',
            tls.keyFile,
            '--tls-ca-cert-file',
            tls.certFile,
            '--tls-auth-clients',
            'no',
          ];
    const args = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', ...ports, ...certificates, ...more];
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    const server = new RedisServer(port, child, folder);
    try {
      await server.#untilItAnswers(tls?.ca);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #untilItAnswers(ca: string | undefined): Promise<void> {
    const deadline = Date.now() + START_MS_MAX;
    const probe = new Redis({
      host: '127.0.0.1',
      port: this.port,
      ...(ca === undefined ? {} : { tls: { ca } }),
      enableReadyCheck: false,
      retryStrategy: () => (Date.now() > deadline ? null : 50),
      maxRetriesPerRequest: null,
    });
    probe.on('error', () => undefined);
    // A server with a password answers too: NOAUTH.
    await probe.ping().catch((error: Error) => {
      if (!/NOAUTH/.test(error.message)) throw error;
    });
    probe.disconnect();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
