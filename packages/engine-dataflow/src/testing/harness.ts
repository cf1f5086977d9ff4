import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connector, Engine, JobExecution, Log } from '@millrace/contracts';
import type { CompletedCheckpoint, JobEvent, JobSettings } from '@millrace/model';
import type { LogicalPlan } from '@millrace/plan';
import { HeapStateBackend } from '@millrace/state';
import { FakeClock } from '@millrace/testing/fake-clock';
import { ListTable, listConnector } from '@millrace/testing/list-source';
import { LookupTable, lookupConnector } from '@millrace/testing/lookup-table';
import { MemoryCheckpoints } from '@millrace/testing/memory-checkpoints';
import { MemoryCluster, SILENT_LOG } from '@millrace/testing/memory-cluster';
import { MemorySnapshots } from '@millrace/testing/memory-snapshots';
import { storeConnector, TransactionalStore } from '@millrace/testing/transactional-store';
import { createDataflowEngine } from '../engine.ts';
import type { CreateOperator } from '../tasks/create-operator.ts';
import { jobSpec, SETTINGS } from './job.ts';
import { createTestOperator } from './operators.ts';

/** Turns of the event loop one wait may take; virtual time moves by `STEP_MS` in each. */
const TURNS_MAX = 40_000;
const STEP_MS = 2;

/** One job with everything around it that outlives its masters: tables, stores, checkpoints, snapshot files. */
export class JobHarness {
  readonly clock = new FakeClock();
  readonly events = new ListTable();
  readonly more = new ListTable();
  readonly copy = new TransactionalStore();
  readonly counts = new TransactionalStore();
  readonly deadLetters = new TransactionalStore();
  /** Every second user has a name. */
  readonly names = new LookupTable(
    ['user', 'name'],
    [0, 2, 4, 6, 8].map((at) => [`user ${at}`, `name of ${at}`]),
  );
  readonly checkpoints = new MemoryCheckpoints();
  readonly snapshots = new MemorySnapshots();
  readonly log: JobEvent[] = [];
  readonly engine: Engine;
  settings: JobSettings = SETTINGS;
  creditBytes = 2_000;
  warnings: string[] = [];
  #attempt = 0;
  #cluster: MemoryCluster | undefined;
  #execution: JobExecution | undefined;

  constructor(createOperator: CreateOperator = createTestOperator) {
    this.engine = createDataflowEngine(createOperator);
  }

  /** A new master, from the given checkpoint (undefined: from the beginning). */
  start(plan: LogicalPlan, from: CompletedCheckpoint | undefined): JobExecution {
    const planned = this.engine.plan(this.settings, plan);
    if (!planned.ok) throw new Error(planned.reasons.join(' '));
    const warn: Log['warn'] = (message, fields) => this.warnings.push(`${message} ${JSON.stringify(fields ?? {})}`);
    this.#cluster = new MemoryCluster(this.engine, ++this.#attempt, {
      clock: this.clock,
      connectors: this.#connectors(),
      checkpoints: this.checkpoints,
      snapshots: this.snapshots,
      stateBackend: new HeapStateBackend(),
      creditBytes: this.creditBytes,
      log: { ...SILENT_LOG, warn, error: warn },
    });
    this.#execution = this.engine.run(jobSpec(this.settings, plan), planned.plan, this.#cluster.host, from);
    this.#execution.onEvent((event) => this.log.push(event));
    return this.#execution;
  }

  get cluster(): MemoryCluster {
    if (this.#cluster === undefined) throw new Error('not started');
    return this.#cluster;
  }

  get statuses(): string[] {
    return this.log.flatMap((event) => (event.kind === 'status' ? [event.status] : []));
  }

  /** Lets turns and virtual time pass until the condition holds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (condition()) return;
      await nextTurn();
      this.clock.advance(STEP_MS);
    }
    const state = JSON.stringify({ statuses: this.statuses, warnings: this.warnings.slice(-5) });
    throw new Error(`waited in vain until ${what}; ${state}`);
  }

  /** The promise, while time passes. */
  async settled<T>(what: string, promise: Promise<T>): Promise<T> {
    let over = false;
    const watched = promise.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    await this.until(what, () => over);
    return watched;
  }

  async close(): Promise<void> {
    this.copy.delay = () => undefined;
    if (this.#execution !== undefined)
      await this.settled(
        'the job is stopped',
        this.#execution.stop('now').catch(() => {}),
      );
    if (this.#cluster !== undefined) await this.settled('workers are closed', this.#cluster.close());
  }

  #connectors(): ReadonlyMap<string, Connector> {
    const tables = new Map([
      ['events', this.events],
      ['more', this.more],
    ]);
    const stores = new Map([
      ['copy', this.copy],
      ['counts', this.counts],
      ['dead-letters', this.deadLetters],
    ]);
    return new Map([
      ['list', listConnector(tables)],
      ['store', storeConnector(stores)],
      ['lookup', lookupConnector(new Map([['names', this.names]]))],
    ]);
  }
}

/** `count` events with ids from `first`, ten users, times moving on by `stepMs`. */
export function events(first: number, count: number, stepMs = 500): (readonly [bigint, string, number])[] {
  return Array.from({ length: count }, (_, at) => [
    BigInt(first + at),
    `user ${(first + at) % 10}`,
    1_000_000 + at * stepMs,
  ]);
}

/** Ids in the copy store, ascending; equal to 0 .. count - 1 when nothing is lost or repeated. */
export function idsOf(store: TransactionalStore): number[] {
  return store.visible.map(([first]) => Number(first)).sort((a, b) => a - b);
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

/** What the count job must have written for these events, and nothing else. */
export function expectedCounts(rows: readonly (readonly [bigint, string, number])[]): string[] {
  const counts = new Map<string, number>();
  for (const [, user, at] of rows) {
    const key = `${user}@${Math.floor(at / 60_000) * 60_000}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key}=${count}`).sort();
}

export function countsOf(store: TransactionalStore): string[] {
  return store.visible.map(([user, n, start]) => `${user}@${start}=${n}`).sort();
}
