/** How a topic option is checked and shown. */
interface TopicOption {
  readonly type: 'long' | 'int' | 'double' | 'string' | 'boolean' | 'list';
  readonly fallback: string;
  readonly accepts: (value: string) => boolean;
}

const integer = (min: number) => (value: string) => /^-?\d+$/.test(value) && Number(value) >= min;
const ratio = (value: string) => /^\d*\.?\d+$/.test(value) && Number(value) <= 1;
const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value);

/** The topic options this broker knows. Those that mean nothing on one node are accepted so that clients' scripts run. */
export const TOPIC_OPTIONS: Readonly<Record<string, TopicOption>> = {
  'cleanup.policy': {
    type: 'list',
    fallback: 'delete',
    accepts: oneOf('delete', 'compact', 'compact,delete', 'delete,compact'),
  },
  'compression.type': { type: 'string', fallback: 'producer', accepts: oneOf('producer') },
  'delete.retention.ms': { type: 'long', fallback: '86400000', accepts: integer(0) },
  'max.compaction.lag.ms': { type: 'long', fallback: '9223372036854775807', accepts: integer(1) },
  'max.message.bytes': { type: 'int', fallback: '1048588', accepts: integer(0) },
  'message.timestamp.after.max.ms': { type: 'long', fallback: '3600000', accepts: integer(0) },
  'message.timestamp.before.max.ms': { type: 'long', fallback: '9223372036854775807', accepts: integer(0) },
  'message.timestamp.type': {
    type: 'string',
    fallback: 'CreateTime',
    accepts: oneOf('CreateTime', 'LogAppendTime'),
  },
  'min.cleanable.dirty.ratio': { type: 'double', fallback: '0.5', accepts: ratio },
  'min.compaction.lag.ms': { type: 'long', fallback: '0', accepts: integer(0) },
  'min.insync.replicas': { type: 'int', fallback: '1', accepts: integer(1) },
  'retention.bytes': { type: 'long', fallback: '-1', accepts: integer(-1) },
  'retention.ms': { type: 'long', fallback: '604800000', accepts: integer(-1) },
  'segment.bytes': { type: 'int', fallback: '134217728', accepts: integer(14) },
  'segment.ms': { type: 'long', fallback: '604800000', accepts: integer(1) },
};

export type TopicConfig = Readonly<Record<string, string>>;

/** What is wrong with a topic's configuration, in words for its author; undefined when nothing is. */
export function findConfigProblem(config: TopicConfig): string | undefined {
  for (const [name, value] of Object.entries(config)) {
    const option = TOPIC_OPTIONS[name];
    if (option === undefined) return `unknown topic option ${name}`;
    if (!option.accepts(value)) return `${name} does not accept ${value}`;
  }
  return undefined;
}

/** The effective value of an option. */
export function configValue(config: TopicConfig, name: keyof typeof TOPIC_OPTIONS): string {
  return config[name] ?? TOPIC_OPTIONS[name]?.fallback ?? '';
}
