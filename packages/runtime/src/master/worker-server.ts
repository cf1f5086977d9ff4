import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Log, WorkerLink } from '@millrace/contracts';
import type { ContainerId, EngineName } from '@millrace/model';
import { z } from 'zod';
import { exchangeError } from '../exchange/exchange-error.ts';
import { decodeJson, encodeJson, type Message } from '../exchange/frame.ts';
import { MessageSocket } from '../exchange/message-socket.ts';
import { sameToken } from '../exchange/peer-identity.ts';
import { LINK, LINK_PROTOCOL, SocketLink } from '../link/socket-link.ts';

const HELLO_TIMEOUT_MS = 5_000;

const helloSchema = z.object({
  protocol: z.literal(LINK_PROTOCOL),
  application: z.string(),
  container: z.string().min(1),
  attempt: z.int(),
  token: z.string(),
  exchangeAddress: z.string(),
});

export interface WorkerServerOptions {
  readonly application: string;
  readonly attempt: number;
  readonly token: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A worker has shown its token. */
  readonly onWorker: (worker: ConnectedWorker) => void;
  /** Its connection is closed, for whatever reason. Called before the link's own listener. */
  readonly onGone: (container: ContainerId) => void;
}

export interface ConnectedWorker extends WorkerLink {
  /** Tells the worker to end in good order, then closes. */
  release(): void;
}

export interface WorkerServer {
  /** `host:port`, given to workers by their launch order. */
  readonly address: string;
  /** What workers are told to run; those who came earlier waited for it. */
  welcome(engine: EngineName): void;
  close(): Promise<void>;
}

/** Where the workers of one master connect: loopback, any port. Each container connects once. */
export async function startWorkerServer(options: WorkerServerOptions): Promise<WorkerServer> {
  const known = new Set<string>();
  const reception = new Reception();
  const server = createServer((socket) => greet(socket, options, known, reception));
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    welcome: (engine) => reception.open(engine),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Holds the door until the master knows what the job is. */
class Reception {
  #engine: EngineName | undefined;
  readonly #waiting: ((engine: EngineName) => void)[] = [];

  open(engine: EngineName): void {
    this.#engine = engine;
    for (const enter of this.#waiting.splice(0)) enter(engine);
  }

  enter(enter: (engine: EngineName) => void): void {
    if (this.#engine === undefined) this.#waiting.push(enter);
    else enter(this.#engine);
  }
}

function greet(socket: Socket, options: WorkerServerOptions, known: Set<string>, reception: Reception): void {
  const { clock, log } = options;
  let link: SocketLink | undefined;
  let container: ContainerId | undefined;
  let gone = false;
  const timeout = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
  const messages = new MessageSocket(socket, {
    onMessage(message) {
      if (link !== undefined) {
        link.receive(message);
        return;
      }
      const hello = container !== undefined ? 'it did not wait to be welcomed' : checkHello(message, options, known);
      if (typeof hello === 'string') {
        log.warn('refused a connection to the master', { reason: hello });
        messages.write(LINK.refused, 0, encodeJson({ message: hello }));
        throw exchangeError('exchange.refused', hello);
      }
      clearTimeout(timeout);
      container = hello.container as ContainerId;
      known.add(container);
      messages.trust();
      reception.enter((engine) => {
        if (gone) return;
        messages.write(LINK.welcome, 0, encodeJson({ engine }));
        link = new SocketLink(messages, clock);
        options.onWorker(connectedWorker(link, messages, hello));
      });
    },
    onClose(reason) {
      gone = true;
      clearTimeout(timeout);
      if (link === undefined || container === undefined) return;
      options.onGone(container);
      link.closed(reason.message);
    },
  });
}

function checkHello({ type, body }: Message, options: WorkerServerOptions, known: ReadonlySet<string>) {
  const hello = type === LINK.hello ? helloSchema.safeParse(decodeJson(body)) : undefined;
  if (hello?.success !== true) return 'it did not introduce itself as a worker';
  const { application, attempt, container, token } = hello.data;
  if (!sameToken(token, options.token)) return 'its token is wrong';
  if (application !== options.application) return 'it belongs to another application';
  if (attempt !== options.attempt) return `it belongs to attempt ${attempt}, this is attempt ${options.attempt}`;
  if (known.has(container)) return `container ${container} has connected before`;
  return hello.data;
}

function connectedWorker(link: SocketLink, socket: MessageSocket, hello: z.infer<typeof helloSchema>): ConnectedWorker {
  return {
    container: hello.container as ContainerId,
    exchangeAddress: hello.exchangeAddress,
    send: (message) => link.send(message),
    onMessage: (listener) => link.onMessage(listener),
    onClose: (listener) => link.onClose(listener),
    close: () => link.close(),
    release() {
      socket.write(LINK.release, 0);
      link.close();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      if (bound === null || typeof bound === 'string') reject(new Error('the master has no port'));
      else resolve(bound.port);
    });
  });
}
