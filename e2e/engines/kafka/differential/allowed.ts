/** Covers a difference that is right. The field is a path such as `Metadata.brokers[1].port`. */
export interface Allowed {
  readonly field: RegExp;
  /** Why it is no mistake of ours. */
  readonly why: string;
  /** Narrows the rule to some pairs of values; without it any pair passes. */
  readonly when?: (kafka: unknown, ours: unknown) => boolean;
}

/** Fields whose values each broker chooses for itself, by the kind of thing they name. */
export const IDENTITIES: Readonly<Record<string, string>> = {
  producer_id: 'producer',
  member_id: 'member',
  leader: 'member',
  topic_id: 'topic',
  cluster_id: 'cluster',
  session_id: 'session',
};

/** How the elements of a list without an order are told apart; the first that an element has. */
export const KEYS: readonly string[] = [
  ...['partition_index', 'partition', 'name', 'topic', 'group_id', 'key', 'api_key', 'resource_name', 'broker_id'],
  ...['node_id', 'transactional_id', 'user', 'entity_type'],
];

/** Topics in which Apache Kafka keeps what ours keeps in journals. Clients do not read them. */
export const INTERNAL_TOPICS: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state']);

const SILENT: ReadonlySet<unknown> = new Set([null, '', 'NONE']);
const CLOCK_MS = 120_000;

/** Differences that are right. A rule that covers nothing fails the test: it has become a lie. */
export const ALLOWED: readonly Allowed[] = [
  {
    field: /error_message$/,
    why: 'messages are for people: what Kafka explains, ours explains too, in its own words',
    when: (kafka, ours) => SILENT.has(kafka) || !SILENT.has(ours),
  },
  {
    field: /\.(broker_time_ms|log_append_time_ms)$/,
    why: 'each broker has its clock: markers and stamped batches are some moments apart',
    when: (kafka, ours) => Math.abs(Number(kafka) - Number(ours)) < CLOCK_MS,
  },
  {
    field: /\.records\.cut_off_bytes$/,
    why: 'Kafka cuts off the last batch at the byte limit, and clients throw the rest away; ours sends whole batches',
    when: (_, ours) => ours === undefined,
  },
  {
    field: /^CreateTopics\.topics\[topics-validated\]\.topic_id$/,
    why: 'Kafka names an id for a topic that it did not make; ours names none',
  },
];

/**
 * Steps at which ours still differs by mistake, as `chapter: step`. Whoever mends one deletes its line: the test asks for it.
 */
export const OPEN: ReadonlySet<string> = new Set([
  'requests: controllers are asked elsewhere',
  'requests: an unknown kind of endpoint is told',
  'requests: a client without a name is refused',
  'requests: or with a bad version',
  'requests: a group needs a name',
  'topics: a creation tells what was made, configs included',
  'topics: a creation that is only validated tells the same and makes nothing',
  'topics: a name twice in one request is refused',
  'topics: a null config value is refused',
  'topics: assignments to unknown brokers, with gaps, or beside a count are refused',
  'topics: defaults of the broker stand in for -1',
  'topics: partitions are never taken away, nor added to what does not exist',
  'topics: the same topic twice in one growth is refused',
  'topics: topics are deleted by name, unknown ones told',
  'topics: topics are deleted by id, unknown ones told',
  'topics: a deletion by name and id at once is refused',
  'topics: a name is free again after its topic was deleted, under another id',
  'configs: chosen configs of a topic',
  'configs: all configs of a topic',
  'configs: with synonyms',
  'configs: with their types',
  'configs: no keys are all keys',
  'configs: impossible topics are told',
  'configs: chosen configs of the broker',
  'configs: another broker is told',
  'configs: a broker that is no number is told',
  'configs: an unknown kind of resource is told',
  'configs: and are as they were set',
  'configs: nor null',
  'configs: nor twice in one request',
  'configs: unknown operations are refused',
  'configs: those not named are defaults again',
  'produce: zstd is too new for v5',
  'produce: a batch with a wrong magic is refused',
  'produce: a batch with a wrong codec is refused',
  'produce: a batch with a wrong count is refused',
  'produce: a batch with a wrong length is refused',
  'produce: no records at all are refused',
  'produce: a client may not write markers',
  'produce: a compacted topic wants keys',
  'produce: a record far in the future is refused',
  'produce: a duplicate is acknowledged with its first offset',
  'produce: a gap is out of order',
  'produce: an overlap that is no duplicate is out of order',
  'produce: a duplicate older than five batches is out of order',
  'produce: the fifth last batch is still known',
  'produce: a new epoch begins at sequence 0',
  'produce: the old epoch is fenced',
  'produce: a producer id without a sequence is refused',
  'produce: the producers of a partition are told',
  'fetch: unknown topics and partitions are told',
  'fetch: the end of a leader epoch',
  'transactions: a produces unasked at sequence 0',
  'transactions: an open transaction is described',
  'transactions: its producer is described with the first offset of its transaction',
  'transactions: open transactions are listed',
  'transactions: the bump of the last epoch is repeated with the same answer',
  'transactions: a plain batch in the middle of its own transaction is refused',
  'transactions: b produces gap at sequence 7',
  'transactions: b produces b1 at sequence 1 (2)',
  'transactions: b produces b2 at sequence 2',
  'transactions: of a member nobody knows are refused',
  'transactions: ended transactions are described',
  'groups: a sync of another protocol is refused',
  'groups: offsets of a subscribed topic are not deleted',
  'groups: the group prepares',
  'groups: the group waits for its leader',
  'groups: nor with too short a session',
  'groups: offsets are deleted',
  'groups: of unknown groups not',
  'groups: what was deleted is not there',
]);
