import { connect } from 'node:net';
import { exchangeConformance } from '@millrace/testing/conformance/exchange';
import { expect, it } from 'vitest';
import { encodeHeader, encodeJson, MESSAGE, MessageReader, PROTOCOL } from './frame.ts';
import { parseAddress } from './outgoing-connection.ts';
import { openExchange } from './tcp.ts';

const creditBytes = 4_096;
const identity = (container: string) => ({ application: 'app', container, token: 't'.repeat(32) });

exchangeConformance('the exchange within one worker', async () => {
  const exchange = await openExchange({ identity: identity('a'), creditBytes });
  return { sender: exchange, receiver: exchange, creditBytes, close: () => exchange.close() };
});

exchangeConformance('the exchange between two workers', async () => {
  const sender = await openExchange({ identity: identity('a'), creditBytes });
  const receiver = await openExchange({ identity: identity('b'), creditBytes });
  return {
    sender,
    receiver,
    creditBytes,
    killSender: () => sender.close(),
    killReceiver: () => receiver.close(),
    async close() {
      await sender.close();
      await receiver.close();
    },
  };
});

const schema = { fields: [] };
const channel = { execution: 1, from: 'a' as never, fromSubtask: 0, to: 'b' as never, toSubtask: 0, input: 0 };

it('a worker with another token or of another application is refused', async () => {
  const listener = await openExchange({ identity: identity('a') });
  for (const wrong of [{ token: 'u'.repeat(32) }, { application: 'other' }]) {
    const stranger = await openExchange({ identity: { ...identity('b'), ...wrong } });
    const connecting = stranger.connect(channel, listener.address, schema, AbortSignal.timeout(5_000));
    await expect(connecting).rejects.toMatchObject({ code: 'exchange.refused' });
    await stranger.close();
  }
  await listener.close();
});

it('a stranger that claims a huge message is cut off before anything is allocated', async () => {
  const listener = await openExchange({ identity: identity('a') });
  const socket = connect(parseAddress(listener.address));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.write(encodeHeader(MESSAGE.hello, 0, 1 << 30));
  await closed;
  await listener.close();
});

it('nobody listens: connecting fails', async () => {
  const gone = await openExchange({ identity: identity('a') });
  await gone.close();
  const exchange = await openExchange({ identity: identity('b') });
  const connecting = exchange.connect(channel, gone.address, schema, AbortSignal.timeout(5_000));
  await expect(connecting).rejects.toMatchObject({ code: 'exchange.connection-lost' });
  await exchange.close();
});

it('messages are put together again from chunks of any size', () => {
  const hello = encodeJson({ protocol: PROTOCOL });
  const parts = [encodeHeader(MESSAGE.hello, 3, hello.length), hello, encodeHeader(MESSAGE.close, 9, 0)];
  const bytes = Buffer.concat([...parts, ...parts]);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new MessageReader();
    const messages = [];
    for (let at = 0; at < bytes.length; at += size) messages.push(...reader.feed(bytes.subarray(at, at + size)));
    expect(messages.map(({ type, channel: number, body }) => [type, number, body.length])).toEqual([
      [1, 3, hello.length],
      [6, 9, 0],
      [1, 3, hello.length],
      [6, 9, 0],
    ]);
  }
});
