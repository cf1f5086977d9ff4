import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameReader } from '../../../../packages/broker/src/connections/frame-reader.ts';
import { Reader, Writer } from '../../../../packages/kafka-protocol/src/index.ts';
import { decode, encode, type Messages, type Value } from './messages.ts';

const FRAME_BYTES_MAX = 1 << 28;
const API_VERSIONS = 18;

/** A request: an API by Kafka's name for it, a version, and the fields of the body. */
export interface Request {
  readonly api: string;
  readonly version: number;
  readonly body: Value;
}

/** One connection that speaks any message of Kafka's dump to any broker on this machine. */
export class Connection {
  private readonly socket: Socket;
  private readonly messages: Messages;
  private readonly waiting = new Map<number, { resolve(frame: Buffer): void; reject(error: Error): void }>();
  private correlationId = 0;

  private constructor(socket: Socket, messages: Messages) {
    this.socket = socket;
    this.messages = messages;
    const frames = new FrameReader(FRAME_BYTES_MAX);
    socket.on('data', (chunk) => frames.push(chunk, (frame) => this.receive(frame)));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new ConnectionClosed());
      this.waiting.clear();
    });
  }

  static async open(port: number, messages: Messages): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket, messages);
  }

  /** Sends a request and resolves with the fields of its answer; rejects with {@link ConnectionClosed}. */
  async call(request: Request, deadlineMs = 12_000): Promise<Value> {
    const layout = this.layoutOf(request);
    const id = this.correlationId;
    const answer = new Promise<Buffer>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.send(request);
    const timer = setTimeout(() => {
      this.waiting.get(id)?.reject(new Error(`no answer to ${request.api} v${request.version} in ${deadlineMs} ms`));
    }, deadlineMs);
    const frame = await answer.finally(() => clearTimeout(timer));
    const r = new Reader(frame, { offset: 4 });
    r.flexible = layout.flexible && layout.key !== API_VERSIONS;
    r.tags();
    const value = decode(layout.response, r);
    if (r.remaining > 0) throw new Error(`${r.remaining} bytes follow the ${request.api} v${request.version} answer`);
    return value;
  }

  /** Sends a request that no answer is expected to. */
  send(request: Request): void {
    const { key, flexible, request: type } = this.layoutOf(request);
    const w = new Writer()
      .int16(key)
      .int16(request.version)
      .int32(this.correlationId++)
      .nullableString('differential');
    if (flexible) w.uvarint(0);
    encode(type, w, request.body);
    this.sendFrame(w.toBuffer());
  }

  /** Sends any bytes as one frame. */
  sendFrame(bytes: Buffer): void {
    this.socket.write(new Writer().int32(bytes.length).raw(bytes).toBuffer());
  }

  /** Sends bytes as they are, size and all. */
  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves when the broker has closed the connection; rejects after the deadline. */
  async closed(deadlineMs = 10_000): Promise<void> {
    if (this.socket.destroyed) return;
    await once(this.socket, 'close', { signal: AbortSignal.timeout(deadlineMs) });
  }

  close(): void {
    this.socket.destroy();
  }

  private layoutOf({ api, version }: Request) {
    const layout = this.messages[api]?.versions[version];
    if (layout === undefined) throw new Error(`Kafka's client has no ${api} v${version}`);
    return { key: this.messages[api]?.key ?? -1, ...layout };
  }

  private receive(frame: Buffer): void {
    const id = frame.readInt32BE(0);
    this.waiting.get(id)?.resolve(frame);
    this.waiting.delete(id);
  }
}

/** The broker ended the connection instead of answering. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';

  constructor() {
    super('the broker closed the connection');
  }
}
