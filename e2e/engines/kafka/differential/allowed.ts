/** A difference that is no mistake of ours. The field is a path such as `Metadata.brokers[1].port`. */
export interface Allowed {
  readonly field: RegExp;
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
};

/** How the elements of a list without an order are told apart; the first that an element has. */
export const KEYS: readonly string[] = [
  ...[
    'partition_index',
    'partition',
    'name',
    'topic',
    'group_id',
    'key',
    'api_key',
    'resource_name',
    'broker_id',
    'node_id',
  ],
  ...['transactional_id'],
];

/** Topics in which Apache Kafka keeps what ours keeps in journals. Clients do not read them. */
export const INTERNAL_TOPICS: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state']);

export const ALLOWED: readonly Allowed[] = [
  {
    field: /error_message$/,
    why: 'messages are for people; that there is one must agree, not its words',
    when: (kafka, ours) => (kafka === null) === (ours === null),
  },
];
