import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * ListPartitionReassignments (46), v0: with one broker none is ever going on.
 *
 *     request   int32 timeoutMs · nullable [string topic · [int32 partition]]
 *     response  int32 throttleMs · int16 error · nullable string message · [topics] = []
 */
export const listPartitionReassignments: Api = {
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ access }) => {
    const error = access.may('Cluster:Describe') ? 'NONE' : 'CLUSTER_AUTHORIZATION_FAILED';
    return (writer) =>
      writer
        .int32(0)
        .int16(errorCode(error))
        .nullableString(null)
        .array([], () => {})
        .tags();
  },
};
