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
  {
    field: /\.(transaction_start_time_ms|last_timestamp)$/,
    why: 'each broker has its clock, and the history reaches them at different moments',
    when: (kafka, ours) => Math.abs(Number(kafka) - Number(ours)) < CLOCK_MS,
  },
  {
    field: /\[min\.insync\.replicas\]\.config_source$/,
    why: 'Kafka 4 keeps this default in the cluster, for leader elections that one node does not have',
    when: (kafka, ours) => kafka === 3 && ours === 5,
  },
  {
    field: /\[(log\.)?segment\.bytes\]\.value$/,
    why: 'a start after a crash reads the last segment: 128 MiB suit one node on a laptop better than 1 GiB',
    when: (kafka, ours) => kafka === '1073741824' && ours === '134217728',
  },
  {
    field: /^DescribeConfigs\.results\[1\]\.configs\[[\w.]+\]\.read_only$/,
    why: 'the options of our broker are those it was started with; Kafka changes some while it runs',
    when: (kafka, ours) => kafka === false && ours === true,
  },
  {
    field: /^(Produce\.responses\[produce-plain\]|IncrementalAlterConfigs).*\.error_code$/,
    why: 'Kafka stumbles over a codec or an operation that does not exist; ours says what is wrong with it',
    when: (kafka, ours) =>
      kafka === 'UNKNOWN_SERVER_ERROR' && (ours === 'UNSUPPORTED_COMPRESSION_TYPE' || ours === 'INVALID_REQUEST'),
  },
];

/**
 * Steps at which ours still differs by mistake, as `chapter: step`. Whoever mends one deletes its line: the test asks for it.
 */
export const OPEN: ReadonlySet<string> = new Set<string>();
