import { errorCode, type KafkaErrorName, type Reader, type Writer } from '@millrace/kafka-protocol';
import type { CommittedOffset } from '../groups/group-offsets.ts';
import type { Access } from '../security/access.ts';
import type { BrokerState } from './api.ts';

const METADATA_BYTES_MAX = 4096;

/** Answer to a commit of offsets: the same error for all, except for what cannot be stored. */
export interface CommitAnswer {
  readonly offset: CommittedOffset;
  readonly error: KafkaErrorName;
}

/**
 * What OffsetCommit and TxnOffsetCommit share:
 *
 *     [string topic · [int32 partition · int64 offset · leaderEpoch? int32 · timestamp? int64 · nullable string metadata]]
 */
export function readCommittedOffsets(
  body: Reader,
  fields: { readonly leaderEpoch: boolean; readonly timestamp: boolean },
  nowMs: number,
): CommittedOffset[] {
  return body
    .array((r) => {
      const topic = r.string();
      const partitions = r.array((): CommittedOffset => {
        const partition = r.int32();
        const offset = r.int64();
        const leaderEpoch = fields.leaderEpoch ? r.int32() : -1;
        if (fields.timestamp) r.int64();
        const metadata = r.nullableString() ?? '';
        r.tags();
        return {
          topic,
          partition,
          offset,
          leaderEpoch,
          metadata,
          committedAtMs: nowMs,
        };
      });
      r.tags();
      return partitions;
    })
    .flat();
}

/** Which of the offsets may be stored. */
export function judgeOffsets(
  offsets: readonly CommittedOffset[],
  error: KafkaErrorName,
  access: Access,
  broker: BrokerState,
): CommitAnswer[] {
  return offsets.map((offset) => {
    if (error !== 'NONE') return { offset, error };
    if (!access.may('Topic:Read', offset.topic)) return { offset, error: 'TOPIC_AUTHORIZATION_FAILED' };
    if (broker.topics.partition(offset.topic, offset.partition) === undefined) {
      return { offset, error: 'UNKNOWN_TOPIC_OR_PARTITION' };
    }
    return {
      offset,
      error: offset.metadata.length > METADATA_BYTES_MAX ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE',
    };
  });
}

/** The offsets that were judged fit. */
export function accepted(answers: readonly CommitAnswer[]): CommittedOffset[] {
  return answers.filter(({ error }) => error === 'NONE').map(({ offset }) => offset);
}

/** `[string topic · [int32 partition · int16 error]]` */
export function writeCommitAnswers(writer: Writer, answers: readonly CommitAnswer[]): void {
  writer.array(groupByTopic(answers), ([topic, partitions], w) => {
    w.string(topic);
    w.array(partitions, ({ offset, error }) => w.int32(offset.partition).int16(errorCode(error)).tags());
    w.tags();
  });
}

function groupByTopic(answers: readonly CommitAnswer[]): [topic: string, answers: CommitAnswer[]][] {
  const topics = new Map<string, CommitAnswer[]>();
  for (const answer of answers) {
    const list = topics.get(answer.offset.topic);
    if (list === undefined) topics.set(answer.offset.topic, [answer]);
    else list.push(answer);
  }
  return [...topics];
}
