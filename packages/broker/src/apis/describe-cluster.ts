import { type Api, NODE_ID } from './api.ts';

/** "Not asked for". */
const NO_OPERATIONS = -2_147_483_648;

/**
 * DescribeCluster (60), v0-1.
 *
 *     request   bool includeOperations · v1 int8 endpointType
 *     response  int32 throttleMs · int16 error · nullable string message · v1 int8 endpointType · string clusterId
 *               · int32 controllerId · [int32 nodeId · string host · int32 port · nullable string rack] · int32 operations
 */
export const describeCluster: Api = {
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 1],
  flexibleFrom: 0,
  handle: ({ version, body, session, access }, broker) => {
    const withOperations = body.boolean();
    const { advertised } = session.listener;
    return (writer) => {
      writer.int32(0).int16(0).nullableString(null);
      if (version >= 1) writer.int8(1);
      writer.string(broker.clusterId).int32(NODE_ID);
      writer.array([NODE_ID], (nodeId, w) => {
        w.int32(nodeId).string(advertised.host).int32(advertised.port).nullableString(null).tags();
      });
      const bits = access.may('Cluster:Describe') ? access.operationBits('Cluster') : 0;
      writer.int32(withOperations ? bits : NO_OPERATIONS).tags();
    };
  },
};
