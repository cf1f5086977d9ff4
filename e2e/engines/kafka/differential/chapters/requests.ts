import type { Chapter } from '../history.ts';

const ofLength = (length: number, ...bytes: number[]) => {
  const frame = Buffer.alloc(4 + bytes.length);
  frame.writeInt32BE(length, 0);
  frame.set(bytes, 4);
  return frame;
};

/** A frame with the header of one request: api, version, correlation id 7, client "x". */
const header = (api: number, version: number, ...body: number[]) => {
  const frame = Buffer.concat([Buffer.alloc(15), Buffer.from(body)]);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(api, 4);
  frame.writeInt16BE(version, 6);
  frame.writeInt32BE(7, 8);
  frame.writeInt16BE(1, 12);
  frame.write('x', 14);
  return frame;
};

export const requests: Chapter = {
  title: 'requests',
  steps: [
    { title: 'the cluster is described', call: 'DescribeCluster', v: 1, body: { endpoint_type: 1 } },
    {
      title: 'with what may be done',
      call: 'DescribeCluster',
      v: 0,
      body: { include_cluster_authorized_operations: true },
    },
    {
      title: 'controllers are asked elsewhere',
      call: 'DescribeCluster',
      v: 1,
      gives: ['MISMATCHED_ENDPOINT_TYPE'],
      body: { endpoint_type: 2 },
    },
    {
      title: 'an unknown kind of endpoint is told',
      call: 'DescribeCluster',
      v: 1,
      gives: ['UNSUPPORTED_ENDPOINT_TYPE'],
      body: { endpoint_type: 9 },
    },
    {
      title: 'a client without a name is refused',
      call: 'ApiVersions',
      v: 3,
      gives: ['INVALID_REQUEST'],
      body: { client_software_name: '', client_software_version: '1' },
    },
    {
      title: 'or with a bad version',
      call: 'ApiVersions',
      v: 3,
      gives: ['INVALID_REQUEST'],
      body: { client_software_name: 'x', client_software_version: '-' },
    },
    {
      title: 'without SASL there is no handshake',
      call: 'SaslHandshake',
      v: 1,
      gives: ['ILLEGAL_SASL_STATE'],
      body: { mechanism: 'PLAIN' },
    },
    {
      title: 'an unknown kind of coordinator is refused',
      call: 'FindCoordinator',
      v: 3,
      gives: ['INVALID_REQUEST'],
      body: { key: 'x', key_type: 9 },
    },
    {
      title: 'a transaction needs a name',
      call: 'FindCoordinator',
      v: 3,
      until: (answer) => answer('error_code') === 0,
      body: { key: '', key_type: 1 },
    },
    {
      title: 'a group needs a name',
      until: (answer) => answer('coordinators.0.error_code') === 0,
      call: 'FindCoordinator',
      v: 4,
      body: { key_type: 0, coordinator_keys: [''] },
    },
    { title: 'an unknown api ends the connection', on: 'a', bytes: header(999, 0) },
    { title: 'a version that is too new ends the connection', on: 'b', bytes: header(3, 99) },
    { title: 'a version that is too old ends the connection', on: 'c', bytes: header(1, 0) },
    { title: 'a body that ends too early ends the connection', on: 'd', bytes: header(3, 1, 0, 0) },
    { title: 'a list longer than its frame ends the connection', on: 'e', bytes: header(3, 1, 0x7f, 0xff, 0xff, 0xff) },
    { title: 'a negative size ends the connection', on: 'f', bytes: ofLength(-1) },
    { title: 'a size beyond the limit ends the connection', on: 'g', bytes: ofLength(0x7fff_ffff) },
    { title: 'an empty frame ends the connection', on: 'h', bytes: ofLength(0) },
    { title: 'a frame that is only half a header ends the connection', on: 'i', bytes: ofLength(3, 0, 3, 0) },
    { title: 'other connections do not notice', call: 'Metadata', v: 9, body: { topics: [] } },
  ],
};
