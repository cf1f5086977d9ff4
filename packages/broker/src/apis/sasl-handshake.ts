import { errorCode } from '@millrace/kafka-protocol';
import { SASL_MECHANISMS } from '../security/sasl-exchange.ts';
import type { Api } from './api.ts';

/**
 * SaslHandshake (17), v0-1. After v0 the messages of the mechanism come as bare frames, after v1 in SaslAuthenticate.
 *
 *     request   string mechanism
 *     response  int16 error · [string mechanism]
 */
export const saslHandshake: Api = {
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexibleFrom: undefined,
  handle: ({ version, body, session }) => {
    const error = session.sasl?.handshake(body.string(), version) ?? 'ILLEGAL_SASL_STATE';
    const mechanisms = error === 'ILLEGAL_SASL_STATE' ? [] : SASL_MECHANISMS;
    return (writer) => writer.int16(errorCode(error)).array(mechanisms, (name, w) => w.string(name));
  },
};
