import { errorCode, type Writer } from '@millrace/kafka-protocol';
import { type Api, NODE_ID } from './api.ts';

const BROKERS = 1;
const CONTROLLERS = 2;
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
    const endpointType = version >= 1 ? body.int8() : BROKERS;
    if (endpointType !== BROKERS) return (writer) => writeRefusal(writer, endpointType);
    const { advertised } = session.listener;
    return (writer) => {
      writer.int32(0).int16(0).nullableString(null);
      if (version >= 1) writer.int8(BROKERS);
      writer.string(broker.clusterId).int32(NODE_ID);
      writer.array([NODE_ID], (nodeId, w) => {
        w.int32(nodeId).string(advertised.host).int32(advertised.port).nullableString(null).tags();
      });
      const bits = access.may('Cluster:Describe') ? access.operationBits('Cluster') : 0;
      writer.int32(withOperations ? bits : NO_OPERATIONS).tags();
    };
  },
};

/** Clients speak to brokers: whoever looks for controllers has the wrong address. */
function writeRefusal(writer: Writer, endpointType: number): void {
  const [error, message] =
    endpointType === CONTROLLERS
      ? (['MISMATCHED_ENDPOINT_TYPE', 'this is a broker, not a controller'] as const)
      : (['UNSUPPORTED_ENDPOINT_TYPE', `there is no endpoint type ${endpointType}`] as const);
  writer.int32(0).int16(errorCode(error)).nullableString(message).int8(BROKERS).string('').int32(-1);
  writer.array([], () => {});
  writer.int32(NO_OPERATIONS).tags();
}
