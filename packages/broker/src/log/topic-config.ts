/** How a topic option is checked and shown. */
interface TopicOption {
  readonly type: 'long' | 'int' | 'double' | 'string' | 'boolean' | 'list';
  readonly fallback: string;
  readonly accepts: (value: string) => boolean;
  /** What Kafka calls the option of the broker that is the default of this one; there is not one for each. */
  readonly brokerOption?: string;
}

const LONG_MAX = '9223372036854775807';

const integer = (min: number) => (value: string) => /^-?\d+$/.test(value) && Number(value) >= min;
const ratio = (value: string) => /^\d*\.?\d+$/.test(value) && Number(value) <= 1;
const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value);
const boolean = oneOf('true', 'false');
const anything = () => true;

/** What this broker does. */
const OBEYED: Readonly<Record<string, TopicOption>> = {
  'cleanup.policy': {
    type: 'list',
    fallback: 'delete',
    accepts: oneOf('delete', 'compact', 'compact,delete', 'delete,compact'),
    brokerOption: 'log.cleanup.policy',
  },
  'compression.type': {
    type: 'string',
    fallback: 'producer',
    accepts: oneOf('producer'),
    brokerOption: 'compression.type',
  },
  'delete.retention.ms': {
    type: 'long',
    fallback: '86400000',
    accepts: integer(0),
    brokerOption: 'log.cleaner.delete.retention.ms',
  },
  'max.compaction.lag.ms': {
    type: 'long',
    fallback: LONG_MAX,
    accepts: integer(1),
    brokerOption: 'log.cleaner.max.compaction.lag.ms',
  },
  'max.message.bytes': { type: 'int', fallback: '1048588', accepts: integer(0), brokerOption: 'message.max.bytes' },
  'message.timestamp.after.max.ms': {
    type: 'long',
    fallback: '3600000',
    accepts: integer(0),
    brokerOption: 'log.message.timestamp.after.max.ms',
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    fallback: LONG_MAX,
    accepts: integer(0),
    brokerOption: 'log.message.timestamp.before.max.ms',
  },
  'message.timestamp.type': {
    type: 'string',
    fallback: 'CreateTime',
    accepts: oneOf('CreateTime', 'LogAppendTime'),
    brokerOption: 'log.message.timestamp.type',
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    fallback: '0.5',
    accepts: ratio,
    brokerOption: 'log.cleaner.min.cleanable.ratio',
  },
  'min.compaction.lag.ms': {
    type: 'long',
    fallback: '0',
    accepts: integer(0),
    brokerOption: 'log.cleaner.min.compaction.lag.ms',
  },
  'retention.bytes': { type: 'long', fallback: '-1', accepts: integer(-1), brokerOption: 'log.retention.bytes' },
  'retention.ms': { type: 'long', fallback: '604800000', accepts: integer(-1) },
  // Smaller than Kafka's: a start after a crash reads the last segment.
  'segment.bytes': { type: 'int', fallback: '134217728', accepts: integer(14), brokerOption: 'log.segment.bytes' },
  'segment.ms': { type: 'long', fallback: '604800000', accepts: integer(1) },
};

/** What means nothing here, on one node that is always flushed: kept and shown, so that the scripts of clients run. */
const KEPT: Readonly<Record<string, TopicOption>> = {
  'compression.gzip.level': option('int', '-1', integer(-1), 'compression.gzip.level'),
  'compression.lz4.level': option('int', '9', integer(1), 'compression.lz4.level'),
  'compression.zstd.level': option('int', '3', integer(-131_072), 'compression.zstd.level'),
  'file.delete.delay.ms': option('long', '60000', integer(0), 'log.segment.delete.delay.ms'),
  'flush.messages': option('long', LONG_MAX, integer(1), 'log.flush.interval.messages'),
  'flush.ms': option('long', LONG_MAX, integer(0)),
  'follower.replication.throttled.replicas': option('list', '', anything),
  'index.interval.bytes': option('int', '4096', integer(0), 'log.index.interval.bytes'),
  'leader.replication.throttled.replicas': option('list', '', anything),
  'min.insync.replicas': option('int', '1', integer(1), 'min.insync.replicas'),
  preallocate: option('boolean', 'false', boolean, 'log.preallocate'),
  'segment.index.bytes': option('int', '10485760', integer(4), 'log.index.size.max.bytes'),
  'segment.jitter.ms': option('long', '0', integer(0)),
  'unclean.leader.election.enable': option('boolean', 'false', boolean, 'unclean.leader.election.enable'),
  // There is no remote storage to switch on.
  'local.retention.bytes': option('long', '-2', oneOf('-2'), 'log.local.retention.bytes'),
  'local.retention.ms': option('long', '-2', oneOf('-2'), 'log.local.retention.ms'),
  'remote.log.copy.disable': option('boolean', 'false', oneOf('false')),
  'remote.log.delete.on.disable': option('boolean', 'false', oneOf('false')),
  'remote.storage.enable': option('boolean', 'false', oneOf('false')),
};

/** Every topic option of Kafka. */
export const TOPIC_OPTIONS: Readonly<Record<string, TopicOption>> = { ...OBEYED, ...KEPT };

export type TopicConfig = Readonly<Record<string, string>>;

/** What is wrong with a topic's configuration, in words for its author; undefined when nothing is. */
export function findConfigProblem(config: TopicConfig): string | undefined {
  for (const [name, value] of Object.entries(config)) {
    const known = TOPIC_OPTIONS[name];
    if (known === undefined) return `unknown topic option ${name}`;
    if (!known.accepts(value)) return `${name} does not accept ${value}`;
  }
  return undefined;
}

/** The effective value of an option. */
export function configValue(config: TopicConfig, name: keyof typeof TOPIC_OPTIONS): string {
  return config[name] ?? TOPIC_OPTIONS[name]?.fallback ?? '';
}

function option(
  type: TopicOption['type'],
  fallback: string,
  accepts: (value: string) => boolean,
  brokerOption?: string,
): TopicOption {
  return { type, fallback, accepts, ...(brokerOption === undefined ? {} : { brokerOption }) };
}
