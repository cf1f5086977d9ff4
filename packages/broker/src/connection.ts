import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { ProtocolError, Reader, Writer } from '@millrace/kafka-protocol';
import type { Answer, BrokerState } from './apis/api.ts';
import { apiVersions, unsupportedVersion } from './apis/api-versions.ts';
import { apiByKey } from './apis/table.ts';
import { FrameReader } from './frame-reader.ts';
import type { Fault } from './options.ts';

/** Requests of one connection that may be unanswered at a time; reading stops at the limit. */
const IN_FLIGHT_MAX = 128;
/** And their bytes: what one connection may make the broker hold, besides one request of the largest size. */
const IN_FLIGHT_BYTES_MAX = 32 * 1024 * 1024;

/** An answer as chunks; nothing, when none is expected; or the end of the connection. */
type Sent = readonly Buffer[] | 'drop' | undefined;

/**
 * One client connection.
 *
 *     request   int32 size · int16 apiKey · int16 apiVersion · int32 correlationId · nullable string clientId
 *               · tagged fields (flexible versions) · body
 *     response  int32 size · int32 correlationId · tagged fields (flexible, except ApiVersions) · body
 *
 * Requests are handled as they arrive, answers leave in the order of the requests.
 */
export function serveConnection(socket: Socket, broker: BrokerState): void {
  const closed = new AbortController();
  setMaxListeners(IN_FLIGHT_MAX, closed.signal);
  const frames = new FrameReader(broker.settings.requestBytesMax);
  const host = socket.remoteAddress ?? '';
  let inFlight = 0;
  let inFlightBytes = 0;
  /** The answer before the next one: a chain, so that answers keep their order. */
  let lastAnswer: Promise<void> = Promise.resolve();

  const isFull = () => inFlight >= IN_FLIGHT_MAX || inFlightBytes >= IN_FLIGHT_BYTES_MAX;

  const fail = (error: unknown) => {
    broker.metrics.failedRequests++;
    if (!(error instanceof ProtocolError)) {
      broker.settings.log(
        `connection ${host}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    socket.destroy();
  };

  const accept = (frame: Buffer) => {
    broker.metrics.requests++;
    broker.metrics.requestBytes += frame.length;
    inFlight++;
    inFlightBytes += frame.length;
    const answer = dispatch(frame, host, closed.signal, broker);
    lastAnswer = send(answer, frame.length, lastAnswer).catch(fail);
  };

  const send = async (answer: Promise<Sent>, requestBytes: number, previous: Promise<void>) => {
    answer.catch(() => {});
    await previous;
    const chunks = await answer;
    inFlight--;
    inFlightBytes -= requestBytes;
    if (chunks === 'drop') socket.destroy();
    else if (chunks !== undefined && !socket.destroyed) {
      socket.cork();
      let flowing = true;
      for (const chunk of chunks) {
        broker.metrics.responseBytes += chunk.length;
        flowing = socket.write(chunk);
      }
      socket.uncork();
      // A client that does not read its answers holds back its own requests, not the broker's memory.
      if (!flowing) await drained(socket);
    }
    if (socket.isPaused() && !isFull() && !closed.signal.aborted) socket.resume();
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    try {
      frames.push(chunk, accept);
      if (isFull()) socket.pause();
    } catch (error) {
      fail(error);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => closed.abort());
}

async function dispatch(frame: Buffer, clientHost: string, signal: AbortSignal, broker: BrokerState): Promise<Sent> {
  const body = new Reader(frame);
  const apiKey = body.int16();
  const version = body.int16();
  const correlationId = body.int32();
  const api = apiByKey(apiKey);
  if (api === undefined) throw new ProtocolError(`api ${apiKey} is not served`);
  const supported = version >= (api.answeredFrom ?? api.versions[0]) && version <= api.versions[1];
  if (!supported && api !== apiVersions) throw new ProtocolError(`${api.name} v${version} is not served`);
  const flexible = supported && api.flexibleFrom !== undefined && version >= api.flexibleFrom;
  const clientId = supported ? body.nullableString() : null;
  body.flexible = flexible;
  body.tags();

  const fault = broker.settings.fault?.({
    apiKey,
    apiVersion: version,
    correlationId,
    clientId,
  });
  if (fault?.kind === 'drop-before') return 'drop';
  const request = {
    version,
    body,
    clientId: clientId ?? '',
    clientHost,
    signal,
  };
  const answer = supported ? await api.handle(request, broker) : unsupportedVersion(broker);
  await applyFault(fault);
  if (fault?.kind === 'drop-after') return 'drop';
  return answer === undefined ? undefined : encode(answer, correlationId, flexible, flexible && api !== apiVersions);
}

function encode(answer: Answer, correlationId: number, flexible: boolean, taggedHeader: boolean): readonly Buffer[] {
  const writer = new Writer().int32(0).int32(correlationId);
  if (taggedHeader) writer.uvarint(0);
  writer.flexible = flexible;
  answer(writer);
  const length = writer.length;
  return writer.patchInt32(0, length - 4).toChunks();
}

function applyFault(fault: Fault | undefined): Promise<void> | undefined {
  if (fault?.kind !== 'delay') return undefined;
  return new Promise((resolve) => setTimeout(resolve, fault.delayMs));
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
