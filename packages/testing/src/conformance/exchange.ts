import { BatchBuilder, forEachRow, type RecordBatch, valueAt } from '@millrace/batch';
import type { ChannelId, Exchange, InputChannel, StreamElement } from '@millrace/contracts';
import type { CheckpointId, OperatorId, Schema } from '@millrace/model';
import { afterEach, describe, expect, it } from 'vitest';

export interface ExchangeSubject {
  readonly sender: Exchange;
  /** May be the same object as `sender`. */
  readonly receiver: Exchange;
  /** What a channel may hold unread, bytes. */
  readonly creditBytes: number;
  /** Ends the sender's process, or what stands for it; absent when both ends share one. */
  readonly killSender?: () => Promise<void>;
  readonly killReceiver?: () => Promise<void>;
  close(): Promise<void>;
}

const SCHEMA: Schema = {
  fields: [
    { name: 'n', type: { kind: 'bigint', nullable: true } },
    { name: 'text', type: { kind: 'string', nullable: true } },
  ],
};
const DEADLINE_MS = 10_000;

/** What every `Exchange` must keep. Call at the top level of a test file. */
export function exchangeConformance(name: string, open: () => Promise<ExchangeSubject>): void {
  describe(`${name} keeps the Exchange contract`, () => {
    let subject: ExchangeSubject | undefined;
    const start = async (): Promise<ExchangeSubject> => {
      subject = await open();
      return subject;
    };
    afterEach(async () => {
      await subject?.close();
      subject = undefined;
    });

    it('elements arrive in order, control elements in their place among the batches', async () => {
      const { input, output } = await pair(await start());
      await output.whenReady(deadline());
      const sent: StreamElement[] = [
        { kind: 'batch', batch: numbers(0, 3) },
        { kind: 'watermark', timestamp: 7 },
        { kind: 'batch', batch: numbers(3, 4) },
        { kind: 'barrier', checkpoint: 5 as CheckpointId, savepoint: false, stop: false },
        { kind: 'batch', batch: numbers(4, 6) },
        { kind: 'watermark-status', idle: true },
        { kind: 'end' },
        { kind: 'barrier', checkpoint: 6 as CheckpointId, savepoint: true, stop: true },
      ];
      for (const element of sent) output.send(element);
      expect((await take(input, sent.length)).map(plain)).toEqual(sent.map(plain));
    });

    it('every value survives, and only selected rows arrive', async () => {
      const { input, output } = await pair(await start());
      const builder = new BatchBuilder(SCHEMA);
      const rows = [
        [1n, 'ä'],
        [null, null],
        [2n ** 60n, ''],
        [-5n, 'x'.repeat(300)],
      ] as const;
      for (const row of rows) builder.append(row);
      const batch = { ...builder.finish(), selection: Int32Array.of(1, 2, 3) };
      await output.whenReady(deadline());
      output.send({ kind: 'batch', batch });
      const [element] = await take(input, 1);
      expect(plain(element as StreamElement)).toEqual(['batch', ...rows.slice(1)]);
    });

    it('the sender may connect before the receiver accepts, and waits for credit until then', async () => {
      const { sender, receiver } = await start();
      const output = await sender.connect(channel(), receiver.address, SCHEMA, deadline());
      expect(output.ready).toBe(false);
      output.send({ kind: 'watermark', timestamp: 1 });
      const input = receiver.accept(channel(), SCHEMA);
      await output.whenReady(deadline());
      expect((await take(input, 1)).map(plain)).toEqual([['watermark', 1]]);
    });

    it('a sender that has sent all and closed before the receiver accepted is still heard', async () => {
      const { sender, receiver } = await start();
      const output = await sender.connect(channel(), receiver.address, SCHEMA, deadline());
      output.send({ kind: 'end' });
      output.close();
      const other = await sender.connect(channel({ toSubtask: 1 }), receiver.address, SCHEMA, deadline());
      receiver.accept(channel({ toSubtask: 1 }), SCHEMA);
      await other.whenReady(deadline());
      expect((await take(receiver.accept(channel(), SCHEMA), 1)).map(plain)).toEqual([['end']]);
    });

    it('a slow receiver bounds what is held in memory, and blocks only its own channel', async () => {
      const { sender, receiver, creditBytes } = await start();
      const slow = await pair({ sender, receiver });
      const fast = await pair({ sender, receiver }, { toSubtask: 1 });
      await slow.output.whenReady(deadline());
      let sentBytes = 0;
      while (slow.output.ready) {
        slow.output.send({ kind: 'batch', batch: numbers(0, 50) });
        sentBytes = slow.output.bytesSent;
      }
      expect(sentBytes).toBeGreaterThanOrEqual(creditBytes);
      expect(sentBytes).toBeLessThan(creditBytes * 2 + 10_000);

      for (let round = 0; round < 50; round++) {
        await fast.output.whenReady(deadline());
        fast.output.send({ kind: 'batch', batch: numbers(round, round + 1) });
        await take(fast.input, 1);
      }
      expect(slow.output.ready).toBe(false);
      slow.output.send({ kind: 'barrier', checkpoint: 1 as CheckpointId, savepoint: false, stop: false });

      let batches = 0;
      for (;;) {
        const [element] = await take(slow.input, 1);
        if (element?.kind === 'barrier') break;
        batches++;
      }
      expect(batches).toBeGreaterThan(0);
      await slow.output.whenReady(deadline());
    });

    it('credit comes back for as long as the receiver reads', async () => {
      const { sender, receiver, creditBytes } = await start();
      const { input, output } = await pair({ sender, receiver });
      let received = 0;
      const reading = (async () => {
        while (received < 300) received += (await take(input, 1)).length;
      })();
      for (let batch = 0; batch < 300; batch++) {
        await output.whenReady(deadline());
        output.send({ kind: 'batch', batch: numbers(batch, batch + 40) });
      }
      await reading;
      expect(received).toBe(300);
      expect(output.bytesSent).toBeGreaterThan(creditBytes * 3);
    });

    it('channels of an older execution are refused', async () => {
      const { sender, receiver } = await start();
      receiver.accept(channel({ execution: 2 }), SCHEMA);
      const late = async (): Promise<void> => {
        const output = await sender.connect(channel({ execution: 1 }), receiver.address, SCHEMA, deadline());
        await output.whenReady(deadline());
      };
      await expect(late()).rejects.toMatchObject({ code: 'exchange.stale-execution' });
    });

    it('a channel has one sender and one receiver', async () => {
      const { sender, receiver } = await start();
      await pair({ sender, receiver });
      expect(() => receiver.accept(channel(), SCHEMA)).toThrow('already connected');
      const second = async (): Promise<void> => {
        const output = await sender.connect(channel(), receiver.address, SCHEMA, deadline());
        await output.whenReady(deadline());
      };
      await expect(second()).rejects.toMatchObject({ code: 'exchange.duplicate-channel' });
    });

    it('a sender that closes too early is noticed, after what it had sent', async () => {
      const { input, output } = await pair(await start());
      output.send({ kind: 'watermark', timestamp: 1 });
      output.close();
      expect((await take(input, 1)).map(plain)).toEqual([['watermark', 1]]);
      await expect(take(input, 1)).rejects.toMatchObject({ code: 'exchange.sender-closed' });
    });

    it('a sender that closes after a stopping barrier broke nothing off', async () => {
      const { input, output } = await pair(await start());
      output.send({ kind: 'barrier', checkpoint: 1 as CheckpointId, savepoint: true, stop: true });
      output.close();
      await take(input, 1);
      expect(input.poll()).toBeUndefined();
    });

    it('a receiver that closes is noticed by a waiting sender', async () => {
      const { input, output } = await pair(await start());
      await output.whenReady(deadline());
      while (output.ready) output.send({ kind: 'batch', batch: numbers(0, 50) });
      const waiting = output.whenReady(deadline());
      input.close();
      await expect(waiting).rejects.toMatchObject({ code: 'exchange.receiver-closed' });
      expect(output.ready).toBe(false);
    });

    it('a wait for credit ends with the signal', async () => {
      const { output } = await pair(await start());
      await output.whenReady(deadline());
      while (output.ready) output.send({ kind: 'batch', batch: numbers(0, 50) });
      const controller = new AbortController();
      const waiting = output.whenReady(controller.signal);
      const reason = new Error('stop');
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });

    it('a dead peer is noticed on both ends', async (context) => {
      const subject = await start();
      const { killSender, killReceiver } = subject;
      if (killSender === undefined || killReceiver === undefined) return context.skip();
      const first = await pair(subject);
      await first.output.whenReady(deadline());
      await killSender();
      await expect(take(first.input, 1)).rejects.toMatchObject({ code: 'exchange.connection-lost' });
      await subject.close();

      const again = await start();
      const second = await pair(again);
      await second.output.whenReady(deadline());
      while (second.output.ready) second.output.send({ kind: 'batch', batch: numbers(0, 50) });
      const waiting = second.output.whenReady(deadline());
      await Promise.all([
        expect(waiting).rejects.toMatchObject({ code: 'exchange.connection-lost' }),
        again.killReceiver?.(),
      ]);
    });
  });
}

function channel(change: Partial<ChannelId> = {}): ChannelId {
  const from = 'src' as OperatorId;
  const to = 'agg' as OperatorId;
  return { execution: 1, from, fromSubtask: 0, to, toSubtask: 0, input: 0, ...change };
}

async function pair(
  { sender, receiver }: Pick<ExchangeSubject, 'sender' | 'receiver'>,
  change: Partial<ChannelId> = {},
) {
  const input = receiver.accept(channel(change), SCHEMA);
  const output = await sender.connect(channel(change), receiver.address, SCHEMA, deadline());
  return { input, output };
}

function numbers(from: number, to: number): RecordBatch {
  const builder = new BatchBuilder(SCHEMA);
  for (let n = from; n < to; n++) builder.append([BigInt(n), `number ${n}`]);
  return builder.finish();
}

/** The next `count` elements, waiting for each to arrive. */
async function take(input: InputChannel, count: number): Promise<StreamElement[]> {
  const taken: StreamElement[] = [];
  const signal = deadline();
  while (taken.length < count) {
    const element = input.poll();
    if (element !== undefined) taken.push(element);
    else await arrival(input, signal);
  }
  return taken;
}

function arrival(input: InputChannel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    input.onAvailable(resolve);
  });
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(DEADLINE_MS);
}

/** Comparable, whatever form the columns have. */
function plain(element: StreamElement): unknown[] {
  if (element.kind !== 'batch') return Object.values(element);
  const { batch } = element;
  const rows: unknown[] = [];
  forEachRow(batch, (row) =>
    rows.push(batch.schema.fields.map(({ type }, index) => valueAt(batch.columns[index] as never, type, row))),
  );
  return ['batch', ...rows];
}
