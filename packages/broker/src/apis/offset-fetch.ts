import { errorCode, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import type { Access } from '../security/access.ts';
import type { Api, BrokerState } from './api.ts';

interface WantedTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

interface FoundTopic {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly offset: number;
    readonly leaderEpoch: number;
    readonly metadata: string;
    readonly error: KafkaErrorName;
  }[];
}

/**
 * OffsetFetch (9), v0-9. A null list of topics (v2+) is everything the group has committed.
 *
 *     topics    nullable [string topic · [int32 partition]]
 *     found     [string topic · [int32 partition · int64 offset · v5+ int32 leaderEpoch · nullable string metadata · int16 error]]
 *
 *     request   v0-7 string group · topics · v7+ bool requireStable
 *               v8+ [string group · v9+ nullable string memberId · int32 memberEpoch · topics] · bool requireStable
 *     response  v3+ int32 throttleMs · v0-7 found · v2-7 int16 error · v8+ [string group · found · int16 error]
 */
export const offsetFetch: Api = {
  key: 9,
  name: 'OffsetFetch',
  versions: [0, 9],
  flexibleFrom: 6,
  handle: ({ version, body, access }, broker) => {
    const groups =
      version >= 8
        ? body.array((r) => {
            const group = r.string();
            if (version >= 9) {
              r.nullableString();
              r.int32();
            }
            const wanted = readWanted(r);
            r.tags();
            return { group, wanted };
          })
        : [{ group: body.string(), wanted: readWanted(body) }];
    const requireStable = version >= 7 && body.boolean();
    const results = groups.map(({ group, wanted }) => {
      const found = find(group, wanted, requireStable, access, broker);
      return access.may('Group:Describe', group)
        ? ({ group, found, error: 'NONE' } as const)
        : // Before version 2 there is no place for the error of a group but at its partitions.
          ({ group, found: version < 2 ? forbid(wanted ?? [], FORBIDDEN_GROUP) : [], error: FORBIDDEN_GROUP } as const);
    });
    return (writer) => {
      if (version >= 3) writer.int32(0);
      if (version >= 8) {
        writer.array(results, ({ group, found, error }, w) => {
          w.string(group);
          writeFound(w, version, found);
          w.int16(errorCode(error)).tags();
        });
      } else {
        writeFound(writer, version, results[0]?.found ?? []);
        if (version >= 2) writer.int16(errorCode(results[0]?.error ?? 'NONE'));
      }
      writer.tags();
    };
  },
};

function readWanted(reader: Reader): WantedTopic[] | null {
  return reader.nullableArray((r) => {
    const entry = { topic: r.string(), partitions: r.array(() => r.int32()) };
    r.tags();
    return entry;
  });
}

function find(
  group: string,
  wanted: readonly WantedTopic[] | null,
  requireStable: boolean,
  access: Access,
  broker: BrokerState,
): FoundTopic[] {
  const topics = wanted ?? committedTopics(group, broker).filter(({ topic }) => access.may('Topic:Describe', topic));
  return topics.map(({ topic, partitions }) => {
    if (!access.may('Topic:Describe', topic)) return forbidTopic({ topic, partitions }, 'TOPIC_AUTHORIZATION_FAILED');
    return {
      topic,
      partitions: partitions.map((partition) => findOne(group, topic, partition, requireStable, broker)),
    };
  });
}

function forbid(topics: readonly WantedTopic[], error: KafkaErrorName): FoundTopic[] {
  return topics.map((topic) => forbidTopic(topic, error));
}

function forbidTopic({ topic, partitions }: WantedTopic, error: KafkaErrorName): FoundTopic {
  return { topic, partitions: partitions.map((partition) => ({ partition, ...NEVER_COMMITTED, error })) };
}

function findOne(
  group: string,
  topic: string,
  partition: number,
  requireStable: boolean,
  broker: BrokerState,
): FoundTopic['partitions'][number] {
  if (requireStable && broker.offsets.isPending(group, topic, partition)) {
    return { partition, ...NEVER_COMMITTED, error: 'UNSTABLE_OFFSET_COMMIT' };
  }
  const { offset, leaderEpoch, metadata } = broker.offsets.get(group, topic, partition) ?? NEVER_COMMITTED;
  return { partition, offset, leaderEpoch, metadata, error: 'NONE' };
}

const FORBIDDEN_GROUP = 'GROUP_AUTHORIZATION_FAILED';
const NEVER_COMMITTED = { offset: -1, leaderEpoch: -1, metadata: '' };

function committedTopics(group: string, broker: BrokerState): WantedTopic[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of broker.offsets.all(group)) {
    topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

function writeFound(writer: Writer, version: number, found: readonly FoundTopic[]): void {
  writer.array(found, ({ topic, partitions }, w) => {
    w.string(topic);
    w.array(partitions, (p) => {
      w.int32(p.partition).int64(p.offset);
      if (version >= 5) w.int32(p.leaderEpoch);
      w.nullableString(p.metadata).int16(errorCode(p.error)).tags();
    });
    w.tags();
  });
}
