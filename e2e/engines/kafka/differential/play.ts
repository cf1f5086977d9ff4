import { setTimeout as delay } from 'node:timers/promises';
import { Connection, ConnectionClosed, type Request } from '../wire/connection.ts';
import type { Messages, Value } from '../wire/messages.ts';
import { type BatchSpec, buildBatch } from './batches.ts';
import { type Body, type Call, type Chapter, isBatchOf, isRef, type Step, valueAt } from './history.ts';

/** What a broker did at a step: its answer with the API that it answers, or how the connection ended. */
export type Outcome =
  | { readonly kind: 'answer'; readonly api: string; readonly version: number; readonly value: Value }
  | { readonly kind: 'closed' | 'open' | 'sent' | 'parked' }
  | { readonly kind: 'failed'; readonly message: string };

const SETTLE_MS_MAX = 15_000;
const STAYS_OPEN_PROBE_MS = 10_000;

/** Plays a chapter against the broker on `port`: one outcome per step. A step that fails does not keep the rest from being tried. */
export async function play(chapter: Chapter, port: number, messages: Messages): Promise<Outcome[]> {
  const player = new Player(port, messages);
  const outcomes: Outcome[] = [];
  try {
    for (const step of chapter.steps) {
      outcomes.push(
        await player.step(step).catch((error: Error) => ({ kind: 'failed', message: error.message }) as const),
      );
    }
  } finally {
    player.close();
  }
  return outcomes;
}

class Player {
  private readonly port: number;
  private readonly messages: Messages;
  private readonly connections = new Map<string, Connection>();
  private readonly answers = new Map<string, Value>();
  private readonly parked = new Map<string, { readonly step: Call; readonly answer: Promise<Outcome> }>();

  constructor(port: number, messages: Messages) {
    this.port = port;
    this.messages = messages;
  }

  async step(step: Step): Promise<Outcome> {
    if ('call' in step) return this.call(step);
    if ('finish' in step) return this.finish(step.finish);
    if ('close' in step) {
      this.connections.get(step.close)?.close();
      this.connections.delete(step.close);
      return { kind: 'sent' };
    }
    const connection = await this.connection(step.on);
    if ('send' in step) {
      connection.send({ api: step.send, version: step.v, body: this.resolve(step.body) });
      return { kind: 'sent' };
    }
    connection.sendBytes(step.bytes);
    return connection.closed(STAYS_OPEN_PROBE_MS).then(
      () => ({ kind: 'closed' }) as const,
      () => ({ kind: 'open' }) as const,
    );
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
  }

  private async call(step: Call): Promise<Outcome> {
    const connection = await this.connection(step.on);
    const request: Request = { api: step.call, version: step.v, body: this.resolve(step.body) };
    const end = performance.now() + SETTLE_MS_MAX;
    for (;;) {
      const answer = this.ask(connection, request, step.on);
      if (step.parked) {
        this.parked.set(step.as ?? step.title, { step, answer });
        return { kind: 'parked' };
      }
      const outcome = await answer;
      if (outcome.kind === 'answer' && step.as !== undefined) this.answers.set(step.as, outcome.value);
      const holds = outcome.kind !== 'answer' || (step.until?.((path) => valueAt(outcome.value, path)) ?? true);
      if (holds) return outcome;
      if (performance.now() > end) return outcome;
      await delay(20);
    }
  }

  private async finish(name: string): Promise<Outcome> {
    const parked = this.parked.get(name);
    if (parked === undefined) throw new Error(`nothing is parked as ${name}`);
    const outcome = await parked.answer;
    if (outcome.kind === 'answer') this.answers.set(name, outcome.value);
    return outcome;
  }

  private async ask(connection: Connection, request: Request, on = 'main'): Promise<Outcome> {
    try {
      const value = await connection.call(request);
      return { kind: 'answer', api: request.api, version: request.version, value };
    } catch (error) {
      // Whether it is closed or stuck, the next step gets a new one.
      connection.close();
      this.connections.delete(on);
      if (error instanceof ConnectionClosed) return { kind: 'closed' };
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  private async connection(name = 'main'): Promise<Connection> {
    const known = this.connections.get(name);
    if (known !== undefined) return known;
    const opened = await Connection.open(this.port, this.messages);
    this.connections.set(name, opened);
    return opened;
  }

  private resolve(body: Body): Value {
    if (body === null || typeof body !== 'object' || Buffer.isBuffer(body)) return body;
    if (Array.isArray(body)) return body.map((part: Body) => this.resolve(part));
    if (isRef(body)) {
      const value = valueAt(this.answers.get(body.$from), body.path);
      if (value === undefined) throw new Error(`there is no ${body.path} in the answer ${body.$from}`);
      return value as Value;
    }
    if (isBatchOf(body)) return buildBatch(this.resolve(body.$batch as Body) as unknown as BatchSpec);
    return Object.fromEntries(Object.entries(body).map(([field, part]) => [field, this.resolve(part)]));
  }
}
