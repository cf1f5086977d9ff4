import type { WorkerHost } from '@millrace/contracts';
import { errorData } from '@millrace/model';
import { type MasterMessage, parseMasterMessage, type TaskId, taskKey, type WorkerMessage } from './messages.ts';
import type { CreateOperator } from './tasks/create-operator.ts';
import { Task } from './tasks/task.ts';

/** Processing time reaches operators about this often. */
const TICK_MS = 200;
const REPORT_MS = 1_000;

/**
 * Runs the tasks a master deploys here, all in one event loop: subtask i of every vertex shares this worker
 * (Flink's slot sharing). Resolves when the link closed or the signal aborted and every task has ended.
 */
export async function serveWorker(
  host: WorkerHost,
  createOperator: CreateOperator,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(host, createOperator);
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  host.master.onClose(end);
  host.master.onMessage((message) => worker.receive(message));
  try {
    await Promise.all([
      every(host, TICK_MS, over.signal, () => worker.tick()),
      every(host, REPORT_MS, over.signal, () => worker.report()),
    ]);
  } finally {
    signal.removeEventListener('abort', end);
    await worker.cancelAll();
  }
}

async function every(host: WorkerHost, ms: number, signal: AbortSignal, act: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await host.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return;
    }
    act();
  }
}

class Worker {
  readonly #host: WorkerHost;
  readonly #createOperator: CreateOperator;
  readonly #tasks = new Map<string, Task>();
  #running: Promise<void>[] = [];
  #execution = 0;
  #canceled = 0;

  constructor(host: WorkerHost, createOperator: CreateOperator) {
    this.#host = host;
    this.#createOperator = createOperator;
  }

  receive(raw: unknown): void {
    const message = parseMasterMessage(raw);
    if (message.execution < this.#execution) return;
    switch (message.kind) {
      case 'deploy':
        void this.#deploy(message);
        break;
      case 'cancel':
        void this.#cancel(message.execution);
        break;
      case 'add-splits':
        this.#task(message.task)?.addSplits(message.splits);
        break;
      case 'trigger-checkpoint': {
        const { checkpoint, savepoint, stop } = message;
        for (const task of this.#tasks.values())
          task.triggerCheckpoint({ kind: 'barrier', checkpoint, savepoint, stop });
        break;
      }
      case 'checkpoint-complete':
        for (const task of this.#tasks.values()) task.completeCheckpoint(message.checkpoint);
    }
  }

  tick(): void {
    for (const task of this.#tasks.values()) task.tick();
  }

  report(): void {
    const tasks = [...this.#tasks.values()].flatMap((task) => {
      const metrics = task.report();
      return metrics === undefined ? [] : [{ task: idOf(task), metrics }];
    });
    if (tasks.length > 0) this.#send({ kind: 'metrics', execution: this.#execution, tasks });
  }

  async cancelAll(): Promise<void> {
    for (const task of this.#tasks.values()) task.cancel();
    await Promise.all(this.#running);
    this.#tasks.clear();
    this.#running = [];
  }

  async #deploy(message: Extract<MasterMessage, { kind: 'deploy' }>): Promise<void> {
    const { execution } = message;
    this.#execution = execution;
    await this.cancelAll();
    // A newer execution, or the end of this one, came while the old tasks were closing.
    if (this.#execution !== execution || this.#canceled >= execution) return;
    for (const descriptor of message.tasks) {
      const id: TaskId = { vertex: descriptor.vertex.id, subtask: descriptor.subtask };
      try {
        const task = new Task(descriptor, execution, this.#host, this.#createOperator, (sent) => this.#send(sent));
        this.#tasks.set(taskKey(id), task);
      } catch (error) {
        this.#failed(id, execution, error);
      }
    }
    // All receiving ends of this worker are registered before any task runs.
    this.#running = [...this.#tasks.values()].map((task) => this.#run(task, execution));
  }

  async #run(task: Task, execution: number): Promise<void> {
    try {
      await task.run();
      this.#send({ kind: 'task-status', execution, task: idOf(task), status: 'canceled' });
    } catch (error) {
      this.#failed(idOf(task), execution, error);
    }
  }

  async #cancel(execution: number): Promise<void> {
    this.#execution = execution;
    this.#canceled = execution;
    await this.cancelAll();
    this.#send({ kind: 'canceled', execution });
  }

  #failed(task: TaskId, execution: number, error: unknown): void {
    const data = errorData(error);
    this.#host.log.error(`task ${taskKey(task)} failed: ${data.message}`, { code: data.code, detail: data.detail });
    this.#send({ kind: 'task-status', execution, task, status: 'failed', error: data });
  }

  #task(id: TaskId): Task | undefined {
    return this.#tasks.get(taskKey(id));
  }

  #send(message: WorkerMessage): void {
    this.#host.master.send(message);
  }
}

function idOf(task: Task): TaskId {
  return { vertex: task.descriptor.vertex.id, subtask: task.descriptor.subtask };
}
