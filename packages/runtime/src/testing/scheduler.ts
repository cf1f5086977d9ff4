import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { CompletedCheckpoint, JobEvent, JobSpec } from '@millrace/model';
import {
  checkpointCompleteSchema,
  checkpointDiscardSchema,
  type MasterFinish,
  type MasterHeartbeat,
  type MasterHeartbeatAnswer,
  masterFinishSchema,
  masterHeartbeatAnswerSchema,
  masterHeartbeatSchema,
  masterRegisterAnswerSchema,
  masterRegisterSchema,
} from '@millrace/protocol';

export interface TestSchedulerOptions {
  readonly application: string;
  readonly token: string;
  readonly spec: JobSpec;
  /** Starts the program of a granted container. */
  readonly launch: (container: string, masterAddress: string) => void;
}

/** The scheduler's side of the application master protocol for one job: one answer at a time, all of it checked by the schemas. */
export class TestScheduler {
  readonly url: string;
  readonly heartbeats: MasterHeartbeat[] = [];
  readonly events: JobEvent[] = [];
  readonly checkpoints = new Map<number, CompletedCheckpoint>();
  readonly finished: Promise<MasterFinish>;
  desired: MasterHeartbeatAnswer['desired'] = 'running';
  /** The newest attempt; callers of older ones are fenced. */
  attempt = 1;
  /** Answers 503 while true. */
  away = false;
  restore: CompletedCheckpoint | undefined;
  savepointRequests: string[] = [];
  readonly savepointAnswers: MasterHeartbeat['savepoints'] = [];
  readonly launched: string[] = [];
  readonly released: string[] = [];
  readonly #options: TestSchedulerOptions;
  readonly #granted: MasterHeartbeatAnswer['granted'] = [];
  readonly #ended: MasterHeartbeatAnswer['ended'] = [];
  readonly #close: () => Promise<void>;
  #masterAddress = '';
  #acknowledged = 0;
  #finish: (words: MasterFinish) => void = () => {};

  private constructor(options: TestSchedulerOptions, url: string, close: () => Promise<void>) {
    this.#options = options;
    this.url = url;
    this.#close = close;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  static async start(options: TestSchedulerOptions): Promise<TestScheduler> {
    let scheduler: TestScheduler | undefined;
    const server = createServer(async (request, response) => {
      const { status, body } = (await scheduler?.answer(request)) ?? { status: 503, body: {} };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    scheduler = new TestScheduler(options, `http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return scheduler;
  }

  /** Where the newest master listens. */
  get masterAddress(): string {
    return this.#masterAddress;
  }

  /** What an agent would report: the container's process is gone. */
  containerEnded(container: string, reason: string): void {
    this.#ended.push({ container, reason });
  }

  /** For the next attempt: its master starts with no containers. */
  nextAttempt(): void {
    this.attempt++;
    this.#granted.length = 0;
    this.#ended.length = 0;
    this.#acknowledged = 0;
    this.restore = [...this.checkpoints.values()].at(-1);
  }

  close(): Promise<void> {
    return this.#close();
  }

  async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { application, token } = this.#options;
    const prefix = `/v1/applications/${application}/`;
    if (this.away) return { status: 503, body: {} };
    if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, body: {} };
    if (request.method !== 'POST' || request.url?.startsWith(prefix) !== true) return { status: 404, body: {} };
    const body = JSON.parse(text);
    if (body.attempt !== this.attempt) {
      const message = `Attempt ${this.attempt} of the job exists.`;
      return { status: 409, body: { error: { code: 'application.fenced', message } } };
    }
    try {
      return { status: 200, body: this.#handle(request.url.slice(prefix.length), body) };
    } catch (error) {
      return { status: 400, body: { error: { code: 'request.malformed', message: String(error) } } };
    }
  }

  #handle(call: string, body: unknown): unknown {
    switch (call) {
      case 'register': {
        this.#masterAddress = masterRegisterSchema.parse(body).address;
        const restore = this.restore === undefined ? null : { checkpoint: this.restore, reason: 'the newest one' };
        const nextCheckpointId = Math.max(0, ...this.checkpoints.keys()) + 1;
        const answer = { spec: this.#options.spec, restore, nextCheckpointId, live: [] };
        masterRegisterAnswerSchema.parse(answer);
        return answer;
      }
      case 'heartbeat':
        return this.#heartbeat(masterHeartbeatSchema.parse(body));
      case 'checkpoints': {
        const { checkpoint } = checkpointCompleteSchema.parse(body);
        this.checkpoints.set(checkpoint.id, checkpoint);
        return {};
      }
      case 'checkpoints/discard':
        this.checkpoints.delete(checkpointDiscardSchema.parse(body).id);
        return {};
      case 'finish':
        this.#finish(masterFinishSchema.parse(body));
        return {};
      default:
        throw new Error(`no call ${call}`);
    }
  }

  #heartbeat(heartbeat: MasterHeartbeat): MasterHeartbeatAnswer {
    this.heartbeats.push(heartbeat);
    for (const { seq, event } of heartbeat.events) {
      if (seq <= this.#acknowledged) continue;
      this.#acknowledged = seq;
      this.events.push(event as JobEvent);
    }
    this.savepointAnswers.push(...heartbeat.savepoints);
    const answered = new Set(heartbeat.savepoints.map(({ request }) => request));
    this.savepointRequests = this.savepointRequests.filter((request) => !answered.has(request));
    this.released.push(...heartbeat.release);
    for (const { id } of heartbeat.ask) {
      if (this.#granted.some(({ request }) => request === id)) continue;
      const container = randomUUID();
      this.#granted.push({ request: id, container });
      this.launched.push(container);
      this.#options.launch(container, this.#masterAddress);
    }
    return masterHeartbeatAnswerSchema.parse({
      granted: this.#granted,
      ended: this.#ended,
      eventsAcknowledged: this.#acknowledged,
      desired: this.desired,
      savepoints: this.savepointRequests,
    });
  }
}
