import { statfs } from 'node:fs/promises';
import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * DescribeLogDirs (35), v0-4. There is one directory.
 *
 *     request   nullable [string topic · [int32 partition]]
 *     response  int32 throttleMs · v3+ int16 error
 *               · [int16 error · string directory · [string topic · [int32 partition · int64 sizeBytes · int64 lag · bool future]]
 *                 · v4+ int64 totalBytes · int64 usableBytes]
 */
export const describeLogDirs: Api = {
  key: 35,
  name: 'DescribeLogDirs',
  versions: [0, 4],
  flexibleFrom: 2,
  handle: async ({ version, body, access }, broker) => {
    const wanted = body.nullableArray((r) => {
      const entry = { topic: r.string(), partitions: r.array(() => r.int32()) };
      r.tags();
      return entry;
    });
    const allowed = access.may('Cluster:Describe');
    const all = () =>
      broker.topics.all().map(({ name, partitions }) => ({ topic: name, partitions: [...partitions.keys()] }));
    const topics = (wanted ?? all()).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.flatMap((partition) => {
        const log = broker.topics.partition(topic, partition);
        return log === undefined ? [] : [{ partition, sizeBytes: log.sizeBytes }];
      }),
    }));
    const disk = await statfs(broker.settings.dataDir);
    const known = topics.filter(({ partitions }) => partitions.length > 0);
    return (writer) => {
      writer.int32(0);
      if (version >= 3) writer.int16(errorCode(allowed ? 'NONE' : 'CLUSTER_AUTHORIZATION_FAILED'));
      writer.array(allowed ? [broker.settings.dataDir] : [], (directory, w) => {
        w.int16(0).string(directory);
        w.array(known, ({ topic, partitions }) => {
          w.string(topic);
          w.array(partitions, (p) => w.int32(p.partition).int64(p.sizeBytes).int64(0).boolean(false).tags());
          w.tags();
        });
        if (version >= 4) w.int64(disk.blocks * disk.bsize).int64(disk.bavail * disk.bsize);
        w.tags();
      });
      writer.tags();
    };
  },
};
