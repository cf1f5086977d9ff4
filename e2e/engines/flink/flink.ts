import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FlinkInstall } from './install.ts';

const PROGRAM = fileURLToPath(new URL('AskFlink.java', import.meta.url));
const ANSWER_MS_MAX = 120_000;
const RUN_MS_MAX = 600_000;
/** What Flink's own start scripts open of Java 17. */
const OPENED = [
  'java.lang',
  'java.lang.reflect',
  'java.net',
  'java.nio',
  'java.text',
  'java.time',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'java.util.concurrent.locks',
  'sun.nio.ch',
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** What a query gives: rows begin with `+I`, `-U`, `+U` or `-D`, values are text, or null. */
export interface FlinkRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface FlinkRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export type FlinkAnswer = FlinkRows | { readonly error: string };

/** A real Apache Flink that answers SQL: a cluster of one process, streaming, parallelism 1, on loopback. */
export class Flink implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  #complaint = '';

  private constructor(process: ChildProcess, lines: Interface) {
    this.#process = process;
    this.#lines = lines;
    this.#answers = lines[Symbol.asyncIterator]();
    process.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-4_000);
    });
  }

  static start({ java, libs }: FlinkInstall): Flink {
    const child = spawn(java, [...OPENED, '-Xmx1g', '-XX:+UseSerialGC', '-cp', `${libs}/*`, PROGRAM], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Flink(child, createInterface({ input: child.stdout }));
  }

  /** The last of the statements is a query; those before it make what it reads. One question at a time. */
  ask(statements: readonly string[]): Promise<FlinkAnswer> {
    return this.#answer(statements, ANSWER_MS_MAX);
  }

  /** The last of the statements is an INSERT from bounded tables: what running it took, in seconds of the wall and of the CPU, of the whole process. */
  run(statements: readonly string[]): Promise<FlinkRun | { readonly error: string }> {
    return this.#answer(statements, RUN_MS_MAX);
  }

  async #answer<Answer>(statements: readonly string[], limitMs: number): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify({ statements })}\n`);
    const late = setTimeout(() => this.#process.kill('SIGKILL'), limitMs);
    const { value, done } = await this.#answers.next();
    clearTimeout(late);
    if (done === true) throw new Error(`Flink ended: ${this.#complaint}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(late);
    this.#lines.close();
  }
}
