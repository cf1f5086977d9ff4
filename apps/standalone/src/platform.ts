import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@millrace/local-postgres';
import { ApiClient } from './api-client.ts';
import { demoMark } from './demo/demo-mark.ts';
import { seedDemo } from './demo/seed-demo.ts';
import { ADMIN, firstSignIn, howToSignIn, howToSignInFirst } from './first-sign-in.ts';
import { type Instance, selfIdentity, withdrawInstance, writeInstance } from './instance.ts';
import { ensureKeyFiles } from './key-files.ts';
import { nodeCapacity } from './node-capacity.ts';
import type { Options } from './options.ts';
import { choosePorts } from './ports.ts';
import { identityOf } from './process-identity.ts';
import { seedPlatform } from './seed-platform.ts';
import { Service } from './service.ts';
import { type Addresses, agentService, brokerService, portalService, schedulerService } from './services.ts';
import { step } from './steps.ts';
import { stopContainers } from './stop-containers.ts';

/** Starts every part in order, prints where to sign in, and stops them in reverse on SIGINT or SIGTERM. Expects a claim. */
export async function runPlatform(options: Options): Promise<void> {
  const { dataDir } = options;
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
  const kafkaBrokers = options.kafkaBrokers ?? `127.0.0.1:${ports.kafka}`;
  const at: Addresses = {
    dataDir,
    keys,
    databaseUrl,
    kafkaBrokers,
    kafkaStatusUrl: options.kafkaBrokers === undefined ? `http://127.0.0.1:${ports.kafkaStatus}` : undefined,
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
  // From here on a killed start leaves its names behind: the next one ends what is left.
  running.publish(at);
  if (options.kafkaBrokers === undefined) {
    await step('Starting the Kafka broker', () =>
      running.start(new Service(brokerService(dataDir, ports, keys.clusterToken), () => running.publish(at))),
    );
  }
  const seeded = await step('Preparing the database', () =>
    seedPlatform({
      databaseUrl,
      secretKeyFile: keys.secretKey,
      adminPassword: () => firstSignIn(dataDir, options.adminPassword).password,
      capacity: nodeCapacity(options.node),
      warehouseUrl: postgres?.url('warehouse'),
    }),
  );
  await step('Starting the scheduler', () =>
    running.start(new Service(schedulerService(at), () => running.publish(at))),
  );
  await step('Starting the node agent', () =>
    running.start(new Service(agentService(at, nodeCapacity(options.node)), () => running.publish(at))),
  );
  await step('Starting the portal', () => running.start(new Service(portalService(at), () => running.publish(at))));
  const url = `http://127.0.0.1:${options.port}`;
  const demo = demoMark(dataDir);
  if (options.demo && seeded.firstStart) demo.want();
  if (options.demo && demo.isWanted()) {
    await step('Creating the food-delivery demo', async () => {
      const api = new ApiClient(`${url}/api/v1`);
      await api.signIn(ADMIN, firstSignIn(dataDir, options.adminPassword).password);
      await seedDemo(api, kafkaBrokers, postgres === undefined ? 'topic' : 'warehouse');
    });
    demo.done();
  }
  const how = seeded.firstStart ? howToSignInFirst(firstSignIn(dataDir, options.adminPassword)) : howToSignIn(dataDir);
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
  #stopped: Promise<void> | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async start(service: Service): Promise<void> {
    this.#services.push(service);
    await service.start();
  }

  /** Rewrites instance.json; called whenever a process was started. */
  publish({ portalPort, schedulerPort, kafkaBrokers, kafkaStatusUrl, databaseUrl, redisUrl }: Addresses): void {
    if (this.#stopped !== undefined) return;
    const processes = this.#services.flatMap((service) => service.identity ?? []).reverse();
    if (this.postgres !== undefined) processes.push({ name: 'postgres', ...identityOf(this.postgres.pid) });
    const portalUrl = `http://127.0.0.1:${portalPort}`;
    const instance: Instance = {
      supervisor: selfIdentity(),
      portalUrl,
      apiUrl: `${portalUrl}/api/v1`,
      schedulerUrl: `http://127.0.0.1:${schedulerPort}`,
      kafkaBrokers,
      kafkaStatusUrl: kafkaStatusUrl ?? null,
      databaseUrl,
      redisUrl: redisUrl ?? null,
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
    withdrawInstance(this.#dataDir);
    console.log('  Stopped.');
  }
}
