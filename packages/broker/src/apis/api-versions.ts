import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import type { Answer, Api, BrokerState } from './api.ts';

/**
 * ApiVersions (18), v0-4.
 *
 *     request   v3+: string clientSoftwareName · string clientSoftwareVersion
 *     response  int16 error · [int16 apiKey · int16 min · int16 max]  · v1+ int32 throttleMs
 *
 * The response header never has tagged fields, also in flexible versions: the client cannot know yet what it gets.
 */
export const apiVersions: Api = {
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleFrom: 3,
  handle: ({ version, body, session }, broker) => {
    const named = version < 3 || session.introduce(body.string(), body.string());
    return (writer) => {
      writeKeys(writer, named ? broker.apis : [], named ? 'NONE' : 'INVALID_REQUEST');
      if (version >= 1) writer.int32(0);
      writer.tags();
    };
  },
};

/** The answer to an ApiVersions request that is too new: always in version 0, so that every client can read it. */
export function unsupportedVersion(broker: BrokerState): Answer {
  return (writer) => writeKeys(writer, broker.apis, 'UNSUPPORTED_VERSION');
}

function writeKeys(writer: Writer, apis: readonly Api[], error: KafkaErrorName): void {
  writer.int16(errorCode(error));
  writer.array(apis, (api, w) => w.int16(api.key).int16(api.versions[0]).int16(api.versions[1]).tags());
}
