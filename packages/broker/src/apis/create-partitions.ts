import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Api, BrokerState } from './api.ts';
import { onePerName } from './one-per-name.ts';
import { findMisplaced } from './replica-placement.ts';
import { orStorageError } from './storage-error.ts';
import { PARTITIONS_MAX } from './topic-creation.ts';

/**
 * CreatePartitions (37), v0-3. The count is the new total; it never shrinks.
 *
 *     request   [string topic · int32 count · nullable [[int32] brokers]] · int32 timeoutMs · bool validateOnly
 *     response  int32 throttleMs · [string topic · int16 error · nullable string message]
 */
export const createPartitions: Api = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  handle: ({ body, access }, broker) => {
    const wanted = body.array((r) => {
      const name = r.string();
      const count = r.int32();
      const added = r.nullableArray(() => {
        const brokers = r.array(() => r.int32());
        r.tags();
        return brokers;
      });
      r.tags();
      return { name, count, added };
    });
    body.int32();
    const validateOnly = body.boolean();
    const results = onePerName(wanted).map(({ wish, twice }) => ({
      name: wish.name,
      ...(!access.may('Topic:Alter', wish.name)
        ? refuse('TOPIC_AUTHORIZATION_FAILED', 'Authorization failed.')
        : twice
          ? refuse('INVALID_REQUEST', `topic ${wish.name} is named twice`)
          : growOne(wish, validateOnly, broker)),
    }));
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ name, error, message }, w) =>
        w.string(name).int16(errorCode(error)).nullableString(message).tags(),
      );
      writer.tags();
    };
  },
};

interface Growth {
  readonly name: string;
  readonly count: number;
  /** The brokers of each further partition, when the client placed them itself. */
  readonly added: readonly (readonly number[])[] | null;
}

interface Grown {
  readonly error: KafkaErrorName;
  readonly message: string | null;
}

function growOne({ name, count, added }: Growth, validateOnly: boolean, broker: BrokerState): Grown {
  const topic = broker.topics.get(name);
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION', `topic ${name} does not exist`);
  const before = topic.partitions.length;
  if (count <= before || count > PARTITIONS_MAX) {
    return refuse('INVALID_PARTITIONS', `topic ${name} has ${before} partitions and may have up to ${PARTITIONS_MAX}`);
  }
  if (added !== null && added.length !== count - before) {
    return refuse('INVALID_REPLICA_ASSIGNMENT', `${count - before} partitions are added, ${added.length} are assigned`);
  }
  const misplaced = findMisplaced(
    (added ?? []).map((brokers, i) => ({ partition: before + i, brokers })),
    before,
  );
  if (misplaced !== undefined) return misplaced;
  if (validateOnly) return { error: 'NONE', message: null };
  const refused = orStorageError(() => broker.topics.grow(topic, count), broker);
  return { error: refused ?? 'NONE', message: null };
}

function refuse(error: KafkaErrorName, message: string): Grown {
  return { error, message };
}
