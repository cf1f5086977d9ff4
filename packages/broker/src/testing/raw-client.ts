import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { errorName, type KafkaErrorName, Reader, RecordBatchWriter, Writer } from '@millrace/kafka-protocol';
import { FrameReader } from '../connections/frame-reader.ts';

/** Speaks the protocol byte by byte, for tests of what no client library would send. */
export class RawClient {
  private readonly socket: Socket;
  private readonly waiting: { resolve(frame: Buffer): void; reject(error: Error): void }[] = [];
  private correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const frames = new FrameReader(1 << 30);
    socket.on('data', (chunk) => frames.push(chunk, (frame) => this.waiting.shift()?.resolve(frame)));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error('the broker closed the connection'));
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends a request and resolves with the body of its answer. */
  call(apiKey: number, version: number, write: (w: Writer) => void, flexible = false): Promise<Reader> {
    const w = new Writer()
      .int16(apiKey)
      .int16(version)
      .int32(this.correlationId++)
      .nullableString('raw');
    w.flexible = flexible;
    w.tags();
    write(w);
    const answer = new Promise<Buffer>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.send(w.toBuffer());
    return answer.then((frame) => {
      const r = new Reader(frame, { flexible });
      r.int32();
      if (apiKey !== 18) r.tags();
      return r;
    });
  }

  /** Logs in by PLAIN; both messages are sent at once. */
  async logIn(user: string, password: string): Promise<KafkaErrorName> {
    const handshake = this.call(17, 1, (w) => w.string('PLAIN'));
    const answer = this.call(36, 2, (w) => w.bytes(Buffer.from(`\0${user}\0${password}`)).tags(), true);
    await handshake;
    return errorName((await answer).int16());
  }

  /** Sends one frame of any bytes and resolves with the frame that comes back. */
  raw(frame: Buffer): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.send(frame);
    return answer;
  }

  /** Sends one frame of any bytes. */
  send(frame: Buffer): void {
    this.socket.write(new Writer().int32(frame.length).raw(frame).toBuffer());
  }

  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Leaves answers where they are, until {@link readOn}. */
  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  get closed(): Promise<unknown> {
    return this.socket.destroyed ? Promise.resolve() : once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }

  async createTopic(
    name: string,
    partitions = 1,
    config: Readonly<Record<string, string>> = {},
  ): Promise<KafkaErrorName> {
    const r = await this.call(19, 2, (w) =>
      w
        .array([name], () => {
          w.string(name)
            .int32(partitions)
            .int16(1)
            .array([], () => {});
          w.array(Object.entries(config), ([key, value]) => w.string(key).nullableString(value));
        })
        .int32(1000)
        .boolean(false),
    );
    r.int32();
    return r.array(() => [r.string(), r.int16(), r.nullableString()] as const).map((t) => errorName(t[1]))[0] ?? 'NONE';
  }

  async produce(
    topic: string,
    batch: Buffer,
    options: { readonly partition?: number; readonly transactionalId?: string; readonly acks?: number } = {},
  ): Promise<{ readonly error: KafkaErrorName; readonly baseOffset: number }> {
    const r = await this.call(0, 7, (w) =>
      w
        .nullableString(options.transactionalId ?? null)
        .int16(options.acks ?? -1)
        .int32(5000)
        .array([topic], () => w.string(topic).array([batch], () => w.int32(options.partition ?? 0).bytes(batch))),
    );
    const answers = r.array(() => {
      r.string();
      return r.array(() => {
        r.int32();
        const answer = { error: errorName(r.int16()), baseOffset: r.int64() };
        r.int64();
        r.int64();
        return answer;
      });
    });
    return answers[0]?.[0] ?? { error: 'UNKNOWN_SERVER_ERROR', baseOffset: -1 };
  }

  async fetch(
    topic: string,
    offset: number,
    options: { partition?: number; committed?: boolean; maxWaitMs?: number; minBytes?: number; maxBytes?: number } = {},
  ): Promise<Fetched> {
    const { partition = 0, committed = false, maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20 } = options;
    const r = await this.call(1, 11, (w) =>
      w
        .int32(-1)
        .int32(maxWaitMs)
        .int32(minBytes)
        .int32(maxBytes)
        .int8(committed ? 1 : 0)
        .int32(0)
        .int32(-1)
        .array([topic], () =>
          w
            .string(topic)
            .array([partition], () => w.int32(partition).int32(-1).int64(offset).int64(-1).int32(maxBytes)),
        )
        .array([], () => {})
        .string(''),
    );
    r.int32();
    r.int16();
    r.int32();
    const found = r.array(() => {
      r.string();
      return r.array(() => {
        r.int32();
        const error = errorName(r.int16());
        const [highWatermark, lastStableOffset] = [r.int64(), r.int64()];
        r.int64();
        const aborted = r.nullableArray(() => ({ producerId: r.int64(), firstOffset: r.int64() }));
        r.int32();
        return { error, highWatermark, lastStableOffset, aborted, records: r.bytes() };
      });
    });
    const first = found[0]?.[0];
    if (first === undefined) throw new Error('the broker answered no partition');
    return first;
  }

  async initProducer(transactionalId: string | null, timeoutMs = 60_000): Promise<ProducerAnswer> {
    const r = await this.call(22, 1, (w) => w.nullableString(transactionalId).int32(timeoutMs));
    r.int32();
    return { error: errorName(r.int16()), producerId: r.int64(), epoch: r.int16() };
  }

  async addPartitions(
    id: string,
    p: ProducerAnswer,
    topic: string,
    partitions: readonly number[] = [0],
  ): Promise<KafkaErrorName> {
    const r = await this.call(24, 1, (w) =>
      w
        .string(id)
        .int64(p.producerId)
        .int16(p.epoch)
        .array([topic], () => w.string(topic).array(partitions, (n) => w.int32(n))),
    );
    r.int32();
    const errors = r.array(() => {
      r.string();
      return r.array(() => [r.int32(), r.int16()] as const);
    });
    return errorName(errors[0]?.[0]?.[1] ?? -1);
  }

  async endTxn(id: string, p: ProducerAnswer, commit: boolean): Promise<KafkaErrorName> {
    const r = await this.call(26, 1, (w) => w.string(id).int64(p.producerId).int16(p.epoch).boolean(commit));
    r.int32();
    return errorName(r.int16());
  }

  async addOffsets(id: string, p: ProducerAnswer, group: string): Promise<KafkaErrorName> {
    const r = await this.call(25, 1, (w) => w.string(id).int64(p.producerId).int16(p.epoch).string(group));
    r.int32();
    return errorName(r.int16());
  }

  /** Offset of partition 0, to be committed with the transaction. */
  async txnCommitOffset(
    id: string,
    p: ProducerAnswer,
    group: string,
    topic: string,
    offset: number,
  ): Promise<KafkaErrorName> {
    const r = await this.call(28, 1, (w) =>
      w
        .string(id)
        .string(group)
        .int64(p.producerId)
        .int16(p.epoch)
        .array([topic], () => w.string(topic).array([0], () => w.int32(0).int64(offset).nullableString(null))),
    );
    r.int32();
    const errors = r.array(() => {
      r.string();
      return r.array(() => [r.int32(), r.int16()] as const);
    });
    return errorName(errors[0]?.[0]?.[1] ?? -1);
  }

  /** Commits for a group without members. */
  async commitOffset(group: string, topic: string, offset: number): Promise<KafkaErrorName> {
    const r = await this.call(8, 2, (w) =>
      w
        .string(group)
        .int32(-1)
        .string('')
        .int64(-1)
        .array([topic], () => w.string(topic).array([0], () => w.int32(0).int64(offset).nullableString(null))),
    );
    const errors = r.array(() => {
      r.string();
      return r.array(() => [r.int32(), r.int16()] as const);
    });
    return errorName(errors[0]?.[0]?.[1] ?? -1);
  }

  /** What the group has committed for partition 0; -1 when nothing. */
  async committedOffset(group: string, topic: string): Promise<number> {
    const r = await this.call(9, 1, (w) =>
      w.string(group).array([topic], () => w.string(topic).array([0], () => w.int32(0))),
    );
    const found = r.array(() => {
      r.string();
      return r.array(() => {
        r.int32();
        const offset = r.int64();
        r.nullableString();
        r.int16();
        return offset;
      });
    });
    return found[0]?.[0] ?? -1;
  }

  async listOffset(
    topic: string,
    timestampMs: number,
    committed = false,
  ): Promise<{ timestampMs: number; offset: number }> {
    const r = await this.call(2, 3, (w) =>
      w
        .int32(-1)
        .int8(committed ? 1 : 0)
        .array([topic], () => w.string(topic).array([0], () => w.int32(0).int64(timestampMs))),
    );
    r.int32();
    const found = r.array(() => {
      r.string();
      return r.array(() => {
        r.int32();
        r.int16();
        return { timestampMs: r.int64(), offset: r.int64() };
      });
    });
    return found[0]?.[0] ?? { timestampMs: -1, offset: -1 };
  }
}

export interface Fetched {
  readonly error: KafkaErrorName;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: { readonly producerId: number; readonly firstOffset: number }[] | null;
  readonly records: Buffer;
}

export interface ProducerAnswer {
  readonly error: KafkaErrorName;
  readonly producerId: number;
  readonly epoch: number;
}

/** A batch of text values, for whichever producer. */
export function batchOf(
  values: readonly string[],
  producer?: {
    readonly producerId: number;
    readonly epoch: number;
    readonly baseSequence: number;
    readonly transactional?: boolean;
  },
  timestampMs = 1_760_000_000_000,
  keyOf = (i: number) => `k${i}`,
): Buffer {
  const writer = new RecordBatchWriter();
  for (const [i, value] of values.entries()) writer.append(timestampMs + i, Buffer.from(keyOf(i)), Buffer.from(value));
  if (producer === undefined) return Buffer.from(writer.seal());
  const { producerId, epoch: producerEpoch, baseSequence, transactional = false } = producer;
  return Buffer.from(writer.seal({ producerId, producerEpoch, baseSequence, transactional }));
}
