import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import type { ListenerAddress } from '../connections/listener-options.ts';
import type { Access } from '../security/access.ts';
import { type Api, NODE_ID } from './api.ts';

const GROUP = 0;
const TRANSACTION = 1;

/**
 * FindCoordinator (10), v0-6. This broker coordinates everything: groups (key type 0) and transactions (1).
 *
 *     request   v0-3 string key · v1+ int8 keyType · v4+ [string key]
 *     response  v1+ int32 throttleMs
 *               · v0-3 int16 error · v1+ nullable string message · int32 nodeId · string host · int32 port
 *               · v4+ [string key · int32 nodeId · string host · int32 port · int16 error · nullable string message]
 */
export const findCoordinator: Api = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  handle: ({ version, body, session, access }) => {
    const single = version < 4 ? [body.string()] : [];
    const keyType = version >= 1 ? body.int8() : GROUP;
    const keys = version < 4 ? single : body.array((r) => r.string());
    const found = keys.map((key) => ({ key, error: findProblem(key, keyType, access) }));
    return (writer) => {
      if (version >= 1) writer.int32(0);
      if (version < 4) {
        const error = found[0]?.error ?? 'NONE';
        writer.int16(errorCode(error));
        if (version >= 1) writer.nullableString(messageOf(error));
        writeNode(writer, error, session.listener);
      } else {
        writer.array(found, ({ key, error }, w) => {
          w.string(key);
          writeNode(w, error, session.listener);
          w.int16(errorCode(error)).nullableString(messageOf(error)).tags();
        });
      }
      writer.tags();
    };
  },
};

function findProblem(key: string, keyType: number, access: Access): KafkaErrorName {
  if (keyType === GROUP) return access.may('Group:Describe', key) ? 'NONE' : 'GROUP_AUTHORIZATION_FAILED';
  if (keyType !== TRANSACTION) return 'INVALID_REQUEST';
  return access.may('TransactionalId:Describe', key) ? 'NONE' : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
}

function messageOf(error: KafkaErrorName): string | null {
  if (error === 'NONE') return null;
  return error === 'INVALID_REQUEST' ? 'keys are of groups (0) and transactions (1)' : 'Authorization failed.';
}

function writeNode(writer: Writer, error: KafkaErrorName, { advertised }: ListenerAddress): void {
  if (error !== 'NONE') writer.int32(-1).string('').int32(-1);
  else writer.int32(NODE_ID).string(advertised.host).int32(advertised.port);
}
