import { ProtocolError, Reader, Writer } from '@millrace/kafka-protocol';
import type { Answer, BrokerState } from '../apis/api.ts';
import { apiVersions, unsupportedVersion } from '../apis/api-versions.ts';
import { saslAuthenticate } from '../apis/sasl-authenticate.ts';
import { saslHandshake } from '../apis/sasl-handshake.ts';
import { apiByKey } from '../apis/table.ts';
import type { Fault } from '../options.ts';
import { Access } from '../security/access.ts';
import type { Session } from './session.ts';

/** An answer as chunks; the last one there will be; none, because none is expected; or the end of the connection. */
export type Reply =
  | { readonly kind: 'answer' | 'last'; readonly chunks: readonly Buffer[] }
  | { readonly kind: 'none' | 'drop' };

const NONE: Reply = { kind: 'none' };
const DROP: Reply = { kind: 'drop' };
/** All that may be asked before a log-in. */
const ASKED_BY_ANYBODY: ReadonlySet<number> = new Set([apiVersions.key, saslHandshake.key, saslAuthenticate.key]);

/** Reads the header of a request, has it handled and encodes the answer. Rejects when the connection must end. */
export async function dispatch(
  frame: Buffer,
  session: Session,
  signal: AbortSignal,
  broker: BrokerState,
): Promise<Reply> {
  if (session.sasl?.expectsRawFrames) return answerRaw(frame, session);
  const body = new Reader(frame);
  const apiKey = body.int16();
  const version = body.int16();
  const correlationId = body.int32();
  const api = apiByKey(apiKey);
  if (api === undefined) throw new ProtocolError(`api ${apiKey} is not served`);
  const supported = version >= (api.answeredFrom ?? api.versions[0]) && version <= api.versions[1];
  if (!supported && api !== apiVersions) throw new ProtocolError(`${api.name} v${version} is not served`);
  if (!ASKED_BY_ANYBODY.has(apiKey)) mustBeLoggedIn(session, api.name);
  const flexible = supported && api.flexibleFrom !== undefined && version >= api.flexibleFrom;
  const clientId = supported ? body.nullableString() : null;
  body.flexible = flexible;
  body.tags();

  session.sawRequest(api.name, version, clientId, frame.length);
  const fault = broker.settings.fault?.({ apiKey, apiVersion: version, correlationId, clientId });
  if (fault?.kind === 'drop-before') return DROP;
  const access = new Access(api.name, session.principal, session.host, broker.authorizer);
  const request = { version, body, clientId: clientId ?? '', clientHost: session.host, session, signal, access };
  const answer = supported ? await api.handle(request, broker) : unsupportedVersion(broker);
  await applyFault(fault);
  if (fault?.kind === 'drop-after') return DROP;
  if (answer === undefined) return NONE;
  const chunks = encode(answer, correlationId, flexible, flexible && api !== apiVersions);
  return { kind: session.sasl?.hasFailed ? 'last' : 'answer', chunks };
}

/** Whether nobody looks at the bytes of a request once {@link dispatch} has returned its promise. */
export function leavesNoView(frame: Buffer, session: Session): boolean {
  if (session.sasl?.expectsRawFrames || frame.length < 2) return false;
  return apiByKey(frame.readInt16BE(0))?.leavesNoView === true;
}

function mustBeLoggedIn(session: Session, apiName: string): void {
  const { sasl } = session;
  if (sasl === undefined) return;
  if (sasl.isBusy) throw new ProtocolError(`${apiName} during authentication`);
  if (sasl.isExpired) throw new ProtocolError(`${apiName} after the session has ended`);
}

/** After a handshake in version 0 the messages of the mechanism travel alone: `int32 size · message`, both ways. */
async function answerRaw(message: Buffer, { sasl }: Session): Promise<Reply> {
  const outcome = await sasl?.authenticate(message);
  if (outcome === undefined || outcome.kind === 'refused') return { kind: 'last', chunks: [] };
  return { kind: 'answer', chunks: [new Writer().bytes(outcome.token).toBuffer()] };
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
