import type { Writer } from '@millrace/kafka-protocol';
import type { ListenerAddress } from '../connections/listener-options.ts';
import { type Api, NODE_ID } from './api.ts';

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
  handle: ({ version, body, session }) => {
    if (version < 4) body.string();
    if (version >= 1) body.int8();
    const keys = version >= 4 ? body.array((r) => r.string()) : [];
    return (writer) => {
      if (version >= 1) writer.int32(0);
      if (version < 4) {
        writer.int16(0);
        if (version >= 1) writer.nullableString(null);
        writeNode(writer, session.listener);
      } else {
        writer.array(keys, (key, w) => {
          w.string(key);
          writeNode(w, session.listener);
          w.int16(0).nullableString(null).tags();
        });
      }
      writer.tags();
    };
  },
};

function writeNode(writer: Writer, { advertised }: ListenerAddress): void {
  writer.int32(NODE_ID).string(advertised.host).int32(advertised.port);
}
