import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@millrace/local-postgres';
import { ApiClient } from './api-client.ts';
import { seedDemo } from './demo/seed-demo.ts';
import { ADMIN, firstSignIn } from './first-sign-in.ts';
import { type Instance, instanceFile, selfIdentity, takeOver, writeInstance } from './instance.ts';
import { ensureKeyFiles } from './key-files.ts';
import { nodeCapacity } from './node-capacity.ts';
import type { Options } from './options.ts';
import { choosePorts, isFree } from './ports.ts';
import { identityOf } from './process-identity.ts';
import { seedPlatform } from './seed-platform.ts';
import { Service } from './service.ts';
import { type Addresses, agentService, brokerService, portalService, schedulerService } from './services.ts';
import { step } from './steps.ts';
import { stopContainers } from './stop-containers.ts';

/** Starts every part in order, prints where to sign in, and stops them in reverse on SIGINT or SIGTERM. */
export async function runPlatform(options: Options): Promise<void> {
  const { dataDir } = options;
  const { leftovers } = await takeOver(dataDir);
  if (leftovers > 0)
    console.log(`  An earlier run was killed; ${leftovers} of its processes were still there and were ended.`);
  if (!(await isFree(options.port))) {
    throw new Error(
      `Port ${options.port} is taken by another program. Choose another one: npm start -- --port ${options.port + 1}`,
    );
  }
  for (const folder of ['logs', 'files']) mkdirSync(path.join(dataDir, folder), { recursive: true });
  const running = new Running(dataDir);
  process.on('SIGINT', () => void running.stopAll().then(() => process.exit(0)));
  process.on('SIGTERM', () => void running.stopAll().then(() => process.exit(0)));
  try {
    await startParts(options, running);
  } catch (error) {
    await running.stopAll();
    throw error;
  }
}

async function startParts(options: Options, running: Running): Promise<void> {
  const { dataDir } = options;
  const keys = ensureKeyFiles(dataDir);
  const ports = await choosePorts(dataDir);
  const postgres =
    options.databaseUrl === undefined
      ? await step('Starting PostgreSQL', () => startPostgres(dataDir, ports.postgres))
      : undefined;
  if (postgres !== undefined) running.postgres = postgres;
  const databaseUrl = postgres?.url('millrace') ?? options.databaseUrl ?? '';
  if (options.kafkaBrokers === undefined) {
    await step('Starting the Kafka broker', () =>
      running.start(new Service(brokerService(dataDir, ports, keys.clusterToken), () => running.publish())),
    );
    running.kafkaStatusUrl = `http://127.0.0.1:${ports.kafkaStatus}`;
  }
  const kafkaBrokers = options.kafkaBrokers ?? `127.0.0.1:${ports.kafka}`;
  const at: Addresses = {
    dataDir,
    keys,
    databaseUrl,
    kafkaBrokers,
    redisUrl: options.redisUrl,
    connectorAllow: [
      kafkaBrokers,
      ...(postgres === undefined ? [] : [`127.0.0.1:${ports.postgres}`]),
      options.connectorAllow ?? '',
    ]
      .filter((entries) => entries !== '')
      .join(','),
    portalPort: options.port,
    schedulerPort: ports.scheduler,
  };
  const signIn = firstSignIn(dataDir, options.adminPassword);
  const seeded = await step('Preparing the database', () =>
    seedPlatform({
      databaseUrl,
      secretKeyFile: keys.secretKey,
      adminPassword: signIn.password,
      capacity: nodeCapacity(options.node),
      warehouseUrl: postgres?.url('warehouse'),
    }),
  );
  running.at = at;
  await step('Starting the scheduler', () => running.start(new Service(schedulerService(at), () => running.publish())));
  await step('Starting the node agent', () =>
    running.start(new Service(agentService(at, nodeCapacity(options.node)), () => running.publish())),
  );
  await step('Starting the portal', () => running.start(new Service(portalService(at), () => running.publish())));
  const url = `http://127.0.0.1:${options.port}`;
  if (options.demo && seeded.firstStart) {
    await step('Creating the food-delivery demo', async () => {
      const api = new ApiClient(`${url}/api/v1`);
      await api.signIn(ADMIN, signIn.password);
      await seedDemo(api, kafkaBrokers);
    });
  }
  const how = seeded.firstStart
    ? signIn.file === undefined
      ? 'the password in MILLRACE_ADMIN_PASSWORD'
      : `password ${signIn.password} (kept in ${path.relative(process.cwd(), signIn.file)} until you change it)`
    : 'your password';
  console.log(
    `\n  Millrace is ready: ${url}\n  Sign in as ${ADMIN} with ${how}.\n  Data: ${dataDir}   Logs: ${path.join(dataDir, 'logs')}   Stop: Ctrl-C\n`,
  );
}

function startPostgres(dataDir: string, port: number): Promise<LocalPostgres> {
  return startLocalPostgres({ folder: path.join(dataDir, 'postgres'), port, databases: ['millrace', 'warehouse'] });
}

/** What has been started so far, and how it is stopped: reverse order, the database last. */
class Running {
  readonly #dataDir: string;
  readonly #services: Service[] = [];
  readonly #startedAt = new Date().toISOString();
  postgres: LocalPostgres | undefined;
  at: Addresses | undefined;
  kafkaStatusUrl: string | null = null;
  #stopped: Promise<void> | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async start(service: Service): Promise<void> {
    this.#services.push(service);
    await service.start();
  }

  /** Rewrites instance.json; called whenever a process was started. */
  publish(): void {
    if (this.#stopped !== undefined) return;
    const processes = this.#services.flatMap((service) => service.identity ?? []).reverse();
    if (this.postgres !== undefined) processes.push({ name: 'postgres', ...identityOf(this.postgres.pid) });
    const portalUrl = `http://127.0.0.1:${this.at?.portalPort ?? 0}`;
    const instance: Instance = {
      supervisor: selfIdentity(),
      portalUrl,
      apiUrl: `${portalUrl}/api/v1`,
      schedulerUrl: `http://127.0.0.1:${this.at?.schedulerPort ?? 0}`,
      kafkaBrokers: this.at?.kafkaBrokers ?? '',
      kafkaStatusUrl: this.kafkaStatusUrl,
      databaseUrl: this.at?.databaseUrl ?? '',
      redisUrl: this.at?.redisUrl ?? null,
      startedAt: this.#startedAt,
      processes,
    };
    writeInstance(this.#dataDir, instance);
  }

  /** A second signal waits for the same end. */
  stopAll(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    console.log('\n  Stopping ...');
    const byName = (name: string) => this.#services.find((service) => service.spec.name === name);
    // The scheduler first: it must not replace what is being stopped.
    await byName('portal')?.stop('SIGTERM', 5_000);
    await byName('scheduler')?.stop('SIGTERM', 5_000);
    await byName('agent')?.stop('SIGTERM', 5_000);
    await stopContainers(path.join(this.#dataDir, 'agent'), 8_000);
    await byName('broker')?.stop('SIGTERM', 8_000);
    await this.postgres?.stop();
    rmSync(instanceFile(this.#dataDir), { force: true });
    console.log('  Stopped.');
  }
}
