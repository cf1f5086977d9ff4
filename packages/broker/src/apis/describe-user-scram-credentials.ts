import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import { SCRAM_MECHANISMS } from '../security/scram-credential.ts';
import type { Api, BrokerState } from './api.ts';

/**
 * DescribeUserScramCredentials (50), v0 (KIP-554). No names are all users. Salts and keys stay here.
 *
 *     request   nullable [string user]
 *     response  int32 throttleMs · int16 error · nullable string message
 *               · [string user · int16 error · nullable string message · [int8 mechanism · int32 iterations]]
 */
export const describeUserScramCredentials: Api = {
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ body, access }, broker) => {
    const asked = body.nullableArray((r) => {
      const user = r.string();
      r.tags();
      return user;
    });
    if (!access.may('Cluster:Describe')) {
      const error = errorCode('CLUSTER_AUTHORIZATION_FAILED');
      return (writer) => {
        writer.int32(0).int16(error).nullableString('Cluster authorization failed.');
        // As Kafka has it: one result for each user who was asked for, without a name.
        writer.array(asked ?? [], (_, w) =>
          w
            .string('')
            .int16(error)
            .nullableString(null)
            .array([], () => {})
            .tags(),
        );
        writer.tags();
      };
    }
    const wanted = asked === null || asked.length === 0 ? broker.users.names() : asked;
    const users = [...new Set(wanted)].map((user) => ({ user, error: findProblem(user, wanted, broker) }));
    return (writer) => {
      writer.int32(0).int16(0).nullableString(null);
      writer.array(users, ({ user, error }, w) => {
        w.string(user).int16(errorCode(error)).nullableString(messageOf(user, error));
        w.array(error === 'NONE' ? broker.users.credentialsOf(user) : [], ({ mechanism, iterations }) =>
          w.int8(SCRAM_MECHANISMS[mechanism].id).int32(iterations).tags(),
        );
        w.tags();
      });
      writer.tags();
    };
  },
};

function findProblem(user: string, wanted: readonly string[], broker: BrokerState): KafkaErrorName {
  if (wanted.indexOf(user) !== wanted.lastIndexOf(user)) return 'DUPLICATE_RESOURCE';
  return broker.users.credentialsOf(user).length === 0 ? 'RESOURCE_NOT_FOUND' : 'NONE';
}

function messageOf(user: string, error: KafkaErrorName): string | null {
  if (error === 'NONE') return null;
  return error === 'DUPLICATE_RESOURCE' ? `user ${user} is named twice` : `user ${user} has no SCRAM credentials`;
}
