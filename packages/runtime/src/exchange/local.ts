import type { ChannelId, OutputChannel, StreamElement } from '@millrace/contracts';
import { estimateBatchBytes } from './batch-size.ts';
import { channelLabel } from './channel-key.ts';
import { Credit } from './credit.ts';
import { exchangeError } from './exchange-error.ts';
import type { Inputs } from './inputs.ts';

/** Both ends in this process: the batch itself is handed over, nothing is copied. Bytes are estimates. */
export function connectLocal(inputs: Inputs, channel: ChannelId): OutputChannel {
  const credit = new Credit();
  const attachment = inputs.attach(channel, {
    grant: (bytes) => credit.grant(bytes),
    receiverClosed: () =>
      credit.break(exchangeError('exchange.receiver-closed', `The task after ${channelLabel(channel)} has ended.`)),
  });
  let bytesSent = 0;
  let closed = false;
  return {
    send(element: StreamElement) {
      if (closed || credit.broken !== undefined) return;
      const bytes = element.kind === 'batch' ? estimateBatchBytes(element.batch) : 0;
      credit.take(bytes);
      bytesSent += bytes;
      attachment.push(element, bytes);
    },
    get ready() {
      return credit.ready;
    },
    whenReady: (signal) => credit.whenReady(signal),
    get bytesSent() {
      return bytesSent;
    },
    close() {
      if (closed) return;
      closed = true;
      credit.break(exchangeError('exchange.sender-closed', `${channelLabel(channel)} was closed by its sender.`));
      attachment.close();
    },
  };
}
