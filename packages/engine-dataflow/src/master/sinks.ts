import type { Committer, DeadWriters, MasterHost, Sink } from '@millrace/contracts';
import { type CompletedCheckpoint, errorData, type JobSpec, type OperatorId, StreamError } from '@millrace/model';
import type { PhysicalPlan, SinkNode } from '@millrace/plan';
import { sinkOf } from '../tasks/open-task.ts';

interface OpenSink {
  readonly node: SinkNode;
  readonly sink: Sink;
  readonly committer: Committer | undefined;
}

/**
 * The master's half of all sinks: checks them once, commits what completed checkpoints hold, and aborts what
 * dead writers left open. Remembers up to which checkpoint everything was committed by this master: after a
 * later abort the same transactional ids may serve others, so a commit known to be done is not repeated.
 */
export class Sinks {
  readonly #host: MasterHost;
  readonly #job: JobSpec;
  readonly #nodes: readonly SinkNode[];
  #open: readonly OpenSink[] = [];
  #committedThrough = 0;

  constructor(host: MasterHost, job: JobSpec, plan: PhysicalPlan) {
    this.#host = host;
    this.#job = job;
    this.#nodes = plan.vertices.flatMap((vertex) => vertex.chain.filter((node) => node.kind === 'sink'));
  }

  get committedThrough(): number {
    return this.#committedThrough;
  }

  /** Once. Throws when a sink cannot give the guarantee, or its target is not as it must be. */
  async prepare(attempt: number, signal: AbortSignal): Promise<void> {
    const { guarantee } = this.#job.settings;
    await this.close();
    const open: OpenSink[] = [];
    this.#open = open;
    for (const node of this.#nodes) {
      const sink = sinkOf(this.#host.connectors, node, guarantee);
      if (guarantee === 'exactly-once' && sink.guarantee !== 'exactly-once') throw tooWeak(node);
      await sink.prepare(signal);
      open.push({
        node,
        sink,
        committer: guarantee === 'exactly-once' ? await this.#committer(sink, node, attempt) : undefined,
      });
    }
  }

  /** Makes the output of a durable checkpoint visible; does nothing when this master did so before. */
  async commit(checkpoint: CompletedCheckpoint, signal: AbortSignal): Promise<void> {
    if (checkpoint.id <= this.#committedThrough) return;
    const lost: string[] = [];
    const commits = checkpoint.subtasks.flatMap(({ operator, committables }) =>
      committables.map(async (committable) => {
        const outcome = await this.#committerOf(operator).commit(committable, signal);
        if (outcome.kind === 'lost') lost.push(`${operator}: ${JSON.stringify(committable)} (${outcome.reason})`);
      }),
    );
    const failed = (await Promise.allSettled(commits)).find((result) => result.status === 'rejected');
    if (lost.length > 0) throw commitLost(checkpoint, lost);
    if (failed !== undefined) throw failed.reason;
    this.#committedThrough = checkpoint.id;
  }

  /** Only when no writer of this job is alive and all committables of the latest checkpoint are committed. */
  async abortLingering(dead: DeadWriters, signal: AbortSignal): Promise<void> {
    for (const { committer } of this.#open) await committer?.abortLingering(dead, signal);
  }

  async close(): Promise<void> {
    for (const { committer, node } of this.#open) {
      await committer?.close().catch((error: unknown) => {
        this.#host.log.warn('a committer did not close cleanly', { sink: node.id, error: errorData(error).message });
      });
    }
    this.#open = [];
  }

  async #committer(sink: Sink, node: SinkNode, attempt: number): Promise<Committer | undefined> {
    const { host } = { host: this.#host };
    return sink.createCommitter?.({
      job: this.#job.id,
      application: host.application,
      operator: node.id,
      attempt,
      guarantee: this.#job.settings.guarantee,
      clock: host.clock,
      metrics: host.metrics.scoped({ operator: node.id }),
      log: host.log,
    });
  }

  #committerOf(operator: OperatorId): Committer {
    const committer = this.#open.find(({ node }) => node.id === operator)?.committer;
    if (committer !== undefined) return committer;
    throw new StreamError(
      'checkpoint.commit-impossible',
      `the checkpoint holds output of sink ${operator} that waits to be committed, and the job runs without exactly-once now. Start it once with exactly-once, or without the checkpoint.`,
      { domain: 'user', retry: 'never' },
    );
  }
}

function tooWeak(node: SinkNode): StreamError {
  return new StreamError(
    'job.guarantee-unsupported',
    `exactly-once is not possible: table ${node.table} (${node.connector}) can only give at-least-once. Choose at-least-once for the job, or a sink that can take part in a two-phase commit.`,
    { domain: 'user', retry: 'never' },
  );
}

function commitLost(checkpoint: CompletedCheckpoint, lost: readonly string[]): StreamError {
  return new StreamError(
    'checkpoint.commit-lost',
    `output of ${checkpoint.kind} ${checkpoint.id} can no longer be committed; its records are missing outside. Lost: ${lost.join('; ')}. ` +
      'Keep the checkpoint, compare the sink with its source, and start the job from an older checkpoint only if duplicates are acceptable.',
    { domain: 'external', retry: 'never' },
  );
}
