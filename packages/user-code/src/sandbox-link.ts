import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { StreamError } from '@millrace/model';
import type { UserFunction } from '@millrace/plan';
import { cpuMs } from './cpu-time.ts';
import { LIMITS } from './limits.ts';
import type { Answer, Request, ThreadData } from './message.ts';

/**
 * From source (tests, benches) the thread is TypeScript and Node needs tsx to read it; a bundle of the product has the thread beside
 * it, by the same name.
 */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const THREAD = new URL(FROM_SOURCE ? './sandbox-thread.ts' : './sandbox-thread.js', import.meta.url);

function fromSource(): string {
  const url = JSON.stringify(THREAD.href);
  return `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ tsImport }) => tsImport(${url}, ${url}))`;
}

/** How often the time a call has taken is looked at. */
const LOOK_MS = 100;

/**
 * A thread with a sandbox in it. Asking waits for the answer: operators are synchronous. The wait is bounded, and a thread that does
 * not answer in time is ended, because some built-in loops of QuickJS never look at the clock.
 */
export class SandboxLink {
  readonly #thread: Worker;
  readonly #port: MessageChannel['port1'];
  readonly #answered: Int32Array<SharedArrayBuffer>;
  #isOpen = true;
  /** Answers the thread owes or has given; the first is for the start. */
  #asked = 1;

  private constructor(thread: Worker, port: MessageChannel['port1'], answered: Int32Array<SharedArrayBuffer>) {
    this.#thread = thread;
    this.#port = port;
    this.#answered = answered;
  }

  /** With the answer to the start: a function that does not compile is one, and a thread that does not come up throws. */
  static async open(
    functions: readonly UserFunction[],
  ): Promise<{ readonly link: SandboxLink; readonly answer: Answer }> {
    const { port1, port2 } = new MessageChannel();
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ThreadData = { functions, port: port2, answered };
    const thread = new Worker(FROM_SOURCE ? fromSource() : THREAD, {
      eval: FROM_SOURCE,
      name: 'user-code',
      workerData,
      transferList: [port2],
      // No variable of the process, and nothing it was started with, is of use in there.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    thread.unref();
    port1.unref();
    const link = new SandboxLink(thread, port1, answered);
    try {
      return { link, answer: await link.#firstAnswer() };
    } catch (error) {
      link.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Undefined when no answer came in time; then the thread is gone, and the link closed. */
  ask(request: Request): Answer | undefined {
    if (!this.#isOpen) throw new Error('the sandbox is closed');
    this.#port.postMessage(request);
    this.#asked++;
    this.#awaitAnswer();
    const received = receiveMessageOnPort(this.#port) as { readonly message: Answer } | undefined;
    if (received === undefined) this.close();
    return received?.message;
  }

  /** Until the thread has counted as many answers as it was asked for; it counts one only when it is on the port. */
  #awaitAnswer(): void {
    const end = performance.now() + LIMITS.answerMs;
    const cpuEnd = cpuMs() + LIMITS.endThreadAfterMs;
    for (;;) {
      const answered = Atomics.load(this.#answered, 0);
      const leftMs = end - performance.now();
      if (answered >= this.#asked || leftMs <= 0 || cpuMs() > cpuEnd) return;
      Atomics.wait(this.#answered, 0, answered, LOOK_MS);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#port.close();
    void this.#thread.terminate();
  }

  /** The thread may also fail to start: out of memory, no such file. */
  #firstAnswer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(unavailable(`no answer within ${LIMITS.startMs} ms`)), LIMITS.startMs);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#port.removeAllListeners('message');
        this.#thread.removeAllListeners('error');
        this.#thread.on('error', () => this.close());
        settle();
      };
      this.#port.once('message', (answer: Answer) => end(() => resolve(answer)));
      this.#thread.once('error', (error) => end(() => reject(unavailable(String(error)))));
    });
  }
}

function unavailable(detail: string): StreamError {
  return new StreamError('function.sandbox-unavailable', 'The sandbox for functions could not be started.', {
    domain: 'internal',
    retry: 'backoff',
    detail,
  });
}
