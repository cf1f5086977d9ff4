import { setImmediate as nextTurn } from 'node:timers/promises';
import { selectedCount } from '@millrace/batch';
import { type Barrier, MAX_WATERMARK, type OutputChannel, type Split, type WorkerHost } from '@millrace/contracts';
import { type CheckpointId, errorData, type SplitSnapshot, type StateHandle, type TaskStatus } from '@millrace/model';
import { type ValveOutput, WatermarkValve } from '@millrace/operators';
import type { OperatorSnapshot, TaskDescriptor, WorkerMessage } from '../messages.ts';
import { BarrierAligner } from './barrier-aligner.ts';
import type { CreateOperator } from './create-operator.ts';
import type { InputGate, Received } from './input-gate.ts';
import { type OpenTask, openInputs, openTask } from './open-task.ts';
import { TaskMetrics } from './task-metrics.ts';
import { WakeUp } from './wake-up.ts';

/** After this long without a pause the task lets others of its event loop run: I/O, heartbeats, neighbours. */
const SLICE_MS = 5;
/** How long a source waits for data in one poll; the longest a barrier waits for an idle source. */
const SOURCE_WAIT_MS = 50;
/** A buffered row waits at most about this long, however busy the task is. */
const FLUSH_MS = 100;

type Send = (message: WorkerMessage) => void;

/**
 * One parallel copy of one vertex: a loop that does one thing at a time (Flink's mailbox model). Messages from
 * the master are taken between two steps; a step reads once and pushes what came through the whole chain. While
 * an output wants no more, nothing is read. Between two steps all memory of the operators is in their state, so
 * a snapshot may be taken there.
 */
export class Task {
  readonly descriptor: TaskDescriptor;
  readonly metrics: TaskMetrics;
  readonly #execution: number;
  readonly #host: WorkerHost;
  readonly #send: Send;
  readonly #createOperator: CreateOperator;
  readonly #wake = new WakeUp();
  readonly #stop = new AbortController();
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #inputs: InputGate;
  readonly #aligner: BarrierAligner;
  readonly #valve: WatermarkValve;
  readonly #isBlocked: (channel: number) => boolean;
  #task: OpenTask | undefined;
  #mailbox: (() => Promise<void> | void)[] = [];
  #ticked = false;
  #ran = false;
  #openChannels: number;
  /** Input is over: everything was emitted; only barriers still pass. */
  #ended = false;
  /** A stop barrier passed: nothing is read any more. */
  #silent = false;
  #sliceStart = 0;
  #flushedAt = 0;
  #waiting: readonly OutputChannel[] = [];
  #failed: Error | undefined;

  constructor(
    descriptor: TaskDescriptor,
    execution: number,
    host: WorkerHost,
    createOperator: CreateOperator,
    send: Send,
  ) {
    this.descriptor = descriptor;
    this.#execution = execution;
    this.#host = host;
    this.#createOperator = createOperator;
    this.#send = send;
    const labels = { vertex: descriptor.vertex.id, subtask: String(descriptor.subtask) };
    this.metrics = new TaskMetrics(host.metrics.scoped(labels), host.clock);
    this.#inputs = openInputs(descriptor, execution, host, () => this.#wake.ring());
    this.#closers.push(() => this.#inputs.close());
    this.#openChannels = this.#inputs.channels;
    this.#aligner = new BarrierAligner(this.#inputs.channels);
    this.#valve = new WatermarkValve(this.#inputs.channels);
    this.#isBlocked = (channel) => this.#aligner.isBlocked(channel);
  }

  /** Runs until canceled. Rejects when the task fails; either way everything it held is closed by then. */
  async run(): Promise<void> {
    try {
      this.#status('deploying');
      const task = await openTask(
        this.descriptor,
        this.#execution,
        {
          host: this.#host,
          metrics: this.metrics,
          createOperator: this.#createOperator,
          wake: () => this.#wake.ring(),
          onOpened: (close) => this.#closers.push(close),
        },
        this.#stop.signal,
      );
      this.#restoreFinished(task);
      this.#task = task;
      this.metrics.gauge('bytes_out_total', () => task.gates.reduce((sum, gate) => sum + gate.bytesOut, 0));
      this.metrics.gauge('watermark_lag_ms', () => this.#watermarkLag());
      this.#ran = true;
      this.#status('running');
      await this.#loop(task);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#stop.abort();
      await this.#close();
    }
  }

  /** Ends the loop at the next step. Idempotent; `run` resolves when all is closed. */
  cancel(): void {
    this.#stop.abort();
    this.#wake.ring();
  }

  /** About every 200 ms: processing time passed. */
  tick(): void {
    this.#ticked = true;
    this.#wake.ring();
  }

  addSplits(splits: readonly Split[]): void {
    this.#post(() => this.#task?.source?.addSplits(splits));
  }

  /** Only sources are told; the others learn it from the barriers. */
  triggerCheckpoint(barrier: Barrier): void {
    if (this.descriptor.vertex.chain[0]?.kind === 'source') this.#post(() => this.#snapshot(barrier));
  }

  completeCheckpoint(checkpoint: CheckpointId): void {
    this.#post(() => {
      for (const sink of this.#task?.sinks ?? []) sink.onCheckpointComplete(checkpoint);
      this.#task?.source?.onCheckpointComplete(checkpoint);
    });
  }

  report(): Record<string, number> | undefined {
    return this.#ran ? this.metrics.report() : undefined;
  }

  #post(letter: () => Promise<void> | void): void {
    this.#mailbox.push(letter);
    this.#wake.ring();
  }

  async #loop(task: OpenTask): Promise<void> {
    const { signal } = this.#stop;
    this.#sliceStart = this.#host.clock.monotonic();
    while (!signal.aborted) {
      if (this.#failed !== undefined) throw this.#failed;
      for (let letter = this.#mailbox.shift(); letter !== undefined; letter = this.#mailbox.shift()) await letter();
      await this.#release(task);
      if (this.#silent || (task.source !== undefined && this.#ended)) await this.#rest('idle');
      else if (!task.gates.every((gate) => gate.ready)) await this.#waitForCredit(task);
      // Rung by the next answer.
      else if (task.chain.isFull) await this.#rest('backpressured');
      else if (!(await this.#step(task))) await this.#runDry(task);
      await this.#breathe(task);
    }
  }

  /** True when something came. */
  async #step(task: OpenTask): Promise<boolean> {
    this.metrics.enter('busy');
    if (task.source !== undefined) {
      const came = await task.source.poll(0, this.#stop.signal);
      if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
      if (task.source.ended) await this.#end(task);
      return came;
    }
    const received = this.#inputs.poll(this.#isBlocked);
    if (received === undefined) return false;
    await this.#receive(task, received);
    return true;
  }

  async #receive(task: OpenTask, { channel, input, element }: Received): Promise<void> {
    switch (element.kind) {
      case 'batch':
        this.#apply(task, this.#valve.onIdle(channel, false));
        this.metrics.count('records_in_total', selectedCount(element.batch));
        task.chain.process(element.batch, input);
        break;
      case 'watermark':
        this.#apply(task, this.#valve.onWatermark(channel, element.timestamp));
        break;
      case 'watermark-status':
        this.#apply(task, this.#valve.onIdle(channel, element.idle));
        break;
      case 'barrier': {
        const aligned = this.#aligner.onBarrier(channel, element);
        if (aligned !== undefined) await this.#snapshot(aligned);
        break;
      }
      case 'end':
        this.#openChannels--;
        if (this.#openChannels === 0) await this.#end(task);
    }
    if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
  }

  #apply(task: OpenTask, { idle, watermark }: ValveOutput): void {
    if (idle === false) task.chain.onIdle(false);
    if (watermark !== undefined) task.chain.onWatermark(watermark);
    if (idle === true) task.chain.onIdle(true);
  }

  async #release(task: OpenTask): Promise<void> {
    if (!task.chain.isWaiting) return;
    task.chain.release();
    if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
  }

  /** Nothing is held back any more, not even by requests in flight. */
  async #settle(task: OpenTask): Promise<void> {
    if (task.chain.isWaiting) this.metrics.enter('backpressured');
    await task.chain.settle(this.#stop.signal);
    await this.#drain(task);
  }

  /** A slow outside world is backpressure too. */
  async #drain(task: OpenTask): Promise<void> {
    this.metrics.enter('backpressured');
    for (const sink of task.sinks) await sink.drain();
    this.metrics.enter('busy');
  }

  /** The input is over. Every window fires; the task stays to pass barriers. */
  async #end(task: OpenTask): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (task.source !== undefined) task.chain.onWatermark(MAX_WATERMARK);
    await this.#settle(task);
    for (const gate of task.gates) gate.end();
    this.#status('finished');
  }

  async #snapshot(barrier: Barrier): Promise<void> {
    const task = this.#task;
    if (task === undefined || this.#silent) return;
    const { checkpoint } = barrier;
    this.metrics.enter('busy');
    await this.#settle(task);
    const committables = new Map<string, OperatorSnapshot['committables']>();
    for (const sink of task.sinks) committables.set(sink.operator, await sink.seal(checkpoint));
    const kind = barrier.savepoint ? 'savepoint' : 'checkpoint';
    const writes = new Map(task.chain.operators.map(({ node, state }) => [node.id as string, state.freeze(kind)]));
    const splits = task.source?.snapshot(checkpoint) ?? [];
    for (const gate of task.gates) gate.barrier(barrier);
    this.#silent = barrier.stop;
    const writer = this.#host.snapshots.writer(checkpoint, kind, this.descriptor.attempt);
    const operators = this.descriptor.vertex.chain.map(async (node): Promise<OperatorSnapshot> => {
      const state: readonly StateHandle[] = (await writes.get(node.id)?.(writer)) ?? [];
      const own: readonly SplitSnapshot[] = node.kind === 'source' ? splits : [];
      return { operator: node.id, state, splits: own, committables: committables.get(node.id) ?? [] };
    });
    // Not awaited: the bytes go out while the task works on.
    Promise.all(operators).then(
      (written) => this.#report({ kind: 'acknowledge', checkpoint, operators: written }),
      (error: unknown) => this.#report({ kind: 'decline', checkpoint, error: errorData(error) }),
    );
  }

  async #runDry(task: OpenTask): Promise<void> {
    this.#flush(task);
    if (this.#ticked) this.#processingTime(task);
    if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
    if (this.#mailbox.length > 0 || (this.#ended && task.source !== undefined)) return;
    // A source could be asked only by waiting for it, and answers would wait with it.
    if (task.source === undefined || task.chain.isWaiting) return this.#rest('idle');
    this.metrics.enter('idle');
    const came = await task.source.poll(SOURCE_WAIT_MS, this.#stop.signal);
    if (!came) task.chain.onProcessingTime(this.#host.clock.now(), task.source.caughtUp());
    if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
    if (task.source.ended) await this.#end(task);
    await this.#pause();
  }

  async #rest(occupation: 'idle' | 'backpressured'): Promise<void> {
    this.metrics.enter(occupation);
    await this.#wake.wait();
    this.metrics.enter(undefined);
    this.#sliceStart = this.#host.clock.monotonic();
  }

  async #waitForCredit(task: OpenTask): Promise<void> {
    const full = task.gates.flatMap((gate) => gate.full());
    for (const channel of full) {
      if (this.#waiting.includes(channel)) continue;
      this.#waiting = [...this.#waiting, channel];
      const freed = (error?: unknown): void => {
        this.#waiting = this.#waiting.filter((other) => other !== channel);
        if (error !== undefined) this.#failed = error instanceof Error ? error : new Error(String(error));
        this.#wake.ring();
      };
      channel.whenReady(this.#stop.signal).then(() => freed(), freed);
    }
    await this.#rest('backpressured');
  }

  /** Between steps: what must happen from time to time however busy the task is. */
  async #breathe(task: OpenTask): Promise<void> {
    const now = this.#host.clock.monotonic();
    if (now - this.#sliceStart < SLICE_MS) return;
    if (this.#ticked && !this.#silent && !this.#ended) this.#processingTime(task);
    if (task.sinks.some((sink) => sink.hasQueued)) await this.#drain(task);
    if (now - this.#flushedAt > FLUSH_MS && !this.#silent && !this.#ended) this.#flush(task);
    await this.#pause();
  }

  async #pause(): Promise<void> {
    this.metrics.enter(undefined);
    await nextTurn();
    this.#sliceStart = this.#host.clock.monotonic();
  }

  #flush(task: OpenTask): void {
    if (!this.#ended) task.chain.flush();
    for (const gate of task.gates) gate.flush();
    this.#flushedAt = this.#host.clock.monotonic();
  }

  #processingTime(task: OpenTask): void {
    this.#ticked = false;
    if (this.#ended) return;
    task.chain.onProcessingTime(this.#host.clock.now(), task.source?.caughtUp() ?? []);
  }

  #watermarkLag(): number | undefined {
    const watermark = this.metrics.read('watermark');
    return watermark === undefined ? undefined : Math.max(0, this.#host.clock.now() - watermark);
  }

  #restoreFinished(task: OpenTask): void {
    task.source?.addFinished(this.descriptor.finishedSplits);
  }

  #status(status: TaskStatus): void {
    this.#report({ kind: 'task-status', status });
  }

  #report(
    message:
      | { readonly kind: 'task-status'; readonly status: TaskStatus }
      | {
          readonly kind: 'acknowledge';
          readonly checkpoint: CheckpointId;
          readonly operators: readonly OperatorSnapshot[];
        }
      | { readonly kind: 'decline'; readonly checkpoint: CheckpointId; readonly error: ReturnType<typeof errorData> },
  ): void {
    const task = { vertex: this.descriptor.vertex.id, subtask: this.descriptor.subtask };
    this.#send({ ...message, execution: this.#execution, task });
  }

  /** Last opened, first closed; one that fails does not keep the others open. */
  async #close(): Promise<void> {
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        this.#host.log.warn('a part of a task did not close cleanly', { error: errorData(error).message });
      }
    }
  }
}
