import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { SaslOutcome } from '../security/sasl-conversation.ts';
import type { Api } from './api.ts';

/**
 * SaslAuthenticate (36), v0-2. One message of the mechanism. After a refusal the connection ends.
 *
 *     request   bytes message
 *     response  int16 error · nullable string message · bytes message · v1+ int64 sessionLifetimeMs (0 without end)
 */
export const saslAuthenticate: Api = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleFrom: 2,
  handle: async ({ version, body, session }) => {
    const outcome: SaslOutcome = (await session.sasl?.authenticate(body.bytes())) ?? NOT_HERE;
    const error: KafkaErrorName = outcome.kind === 'refused' ? outcome.error : 'NONE';
    return (writer) => {
      writer.int16(errorCode(error)).nullableString(outcome.kind === 'refused' ? outcome.message : null);
      writer.bytes(outcome.kind === 'refused' ? NOTHING : outcome.token);
      if (version >= 1) writer.int64(outcome.kind === 'authenticated' ? outcome.lifetimeMs : 0);
      writer.tags();
    };
  },
};

const NOTHING = Buffer.alloc(0);
const NOT_HERE: SaslOutcome = {
  kind: 'refused',
  error: 'ILLEGAL_SASL_STATE',
  message: 'this listener asks nobody to log in',
};
