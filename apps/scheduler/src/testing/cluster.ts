import { randomBytes } from 'node:crypto';
import { createJob, createPools, createUser, type Database, openDatabase, setDesiredState } from '@millrace/database';
import { migrate } from '@millrace/database/migrations';
import type { JobSettings, JobStatus, QueueConfig, QueueName } from '@millrace/model';
import pg from 'pg';
import type { SchedulerEnv } from '../env.ts';
import { type Scheduler, startScheduler } from '../scheduler.ts';
import { DEFAULT_TIMES, type SchedulerTimes } from '../times.ts';
import { TestAgent } from './test-agent.ts';

/** What falls silent is given up only where a test asks for it: a busy machine must not fence a healthy master. */
const TEST_TIMES: SchedulerTimes = { ...DEFAULT_TIMES, sweepMs: 500, forgottenMs: 500 };

export const ACTOR = { name: 'test' };
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const log =
  process.env.SCHEDULER_TEST_LOG === undefined
    ? SILENT
    : { ...SILENT, warn: console.warn, error: console.error, info: console.info };

export function queue(name: string, vcores: number, rest: Partial<QueueConfig> = {}): QueueConfig {
  const cut = name.lastIndexOf('.');
  return {
    name: name as QueueName,
    parent: cut < 0 ? undefined : (name.slice(0, cut) as QueueName),
    policy: 'fifo',
    guaranteed: { vcores: 1, memoryMb: 1_024 },
    maximum: { vcores, memoryMb: vcores * 1_024 },
    state: 'running',
    maxApplications: 10,
    ...rest,
  };
}

const SETTINGS: JobSettings = {
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 2,
  queue: 'root.demo' as QueueName,
  containers: { master: { vcores: 0.5, memoryMb: 256 }, worker: { vcores: 0.5, memoryMb: 256 } },
  checkpoint: { intervalMs: 1_000, timeoutMs: 60_000, retainedCount: 3 },
  restart: { attemptsMax: 2, delayMs: 50 },
};

/** A platform of its own in one test: database, schedulers, agents; all real but for what runs in the containers. */
export class TestCluster {
  readonly database: Database;
  readonly env: SchedulerEnv;
  readonly #owner: string;
  readonly #schedulers: Scheduler[] = [];
  readonly #agents: TestAgent[] = [];

  private constructor(database: Database, env: SchedulerEnv, owner: string) {
    this.database = database;
    this.env = env;
    this.#owner = owner;
  }

  /** `poolVcores` is the maximum of the pool `root.demo`. */
  static async create(serverUrl: string, poolVcores = 8): Promise<TestCluster> {
    const name = `t${randomBytes(6).toString('hex')}`;
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    const databaseUrl = serverUrl.replace(/\/[^/]*$/, `/${name}`);
    await migrate(databaseUrl);
    const database = openDatabase(databaseUrl);
    const owner = await database.transaction(async (transaction) => {
      await createPools(transaction, [queue('root', 64), queue('root.demo', poolVcores)], ACTOR);
      const user = { username: 'ada', displayName: 'Ada', role: 'developer', passwordHash: '-' } as const;
      return (await createUser(transaction, user, ACTOR)).id;
    });
    const env: SchedulerEnv = {
      databaseUrl,
      redisUrl: undefined,
      port: 0,
      clusterToken: randomBytes(32).toString('hex'),
      secretKey: randomBytes(32),
      checkpointDir: '/checkpoints',
      kafkaBrokers: '127.0.0.1:9092',
    };
    return new TestCluster(database, env, owner);
  }

  async startScheduler(times: Partial<SchedulerTimes> = {}): Promise<Scheduler> {
    const scheduler = await startScheduler(this.env, { ...TEST_TIMES, ...times }, log);
    this.#schedulers.push(scheduler);
    return scheduler;
  }

  startAgent(node: string, url: () => string, vcores = 4): TestAgent {
    const agent = new TestAgent({
      node,
      url,
      clusterToken: this.env.clusterToken,
      capacity: { vcores, memoryMb: vcores * 1_024 },
    });
    this.#agents.push(agent);
    return agent;
  }

  async createJob(name: string, settings: Partial<JobSettings> = {}, plan: unknown = { nodes: [] }): Promise<string> {
    return this.database.transaction((transaction) =>
      createJob(
        transaction,
        { name, ownerId: this.#owner, sqlText: '-- test', settings: { ...SETTINGS, ...settings }, plan },
        ACTOR,
      ),
    );
  }

  async want(jobId: string, desired: 'running' | 'suspended' | 'canceled', startFrom?: string): Promise<void> {
    await this.database.transaction((transaction) =>
      setDesiredState(transaction, { jobId, desired, ...(startFrom === undefined ? {} : { startFrom }) }, ACTOR),
    );
  }

  job(id: string) {
    return this.database.client.job.findUniqueOrThrow({ where: { id } });
  }

  /** The newest run. */
  run(jobId: string) {
    return this.database.client.application.findFirstOrThrow({ where: { jobId }, orderBy: { submittedAt: 'desc' } });
  }

  async reaches(jobId: string, status: JobStatus, withinMs = 40_000): Promise<void> {
    await until(
      `job reaches ${status}`,
      async () => (await this.job(jobId)).status === status,
      withinMs,
      async () => {
        const { status: now, statusReason, waitingReason } = await this.job(jobId);
        return JSON.stringify({ now, statusReason, waitingReason });
      },
    );
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await agent.close();
    for (const scheduler of this.#schedulers) await scheduler.close();
    await this.database.close();
  }
}

/** Waits for a condition; a test that waits in vain says for what, and what was there instead. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 40_000,
  instead: () => Promise<string> | string = () => '',
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`in vain: ${what} within ${withinMs} ms; ${await instead()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
