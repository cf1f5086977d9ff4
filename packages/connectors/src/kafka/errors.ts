import { errorName, isRetriable, type KafkaErrorName } from '@millrace/kafka-protocol';
import { StreamError } from '@millrace/model';

/** An answer of a broker that is not 0. */
export class KafkaAnswer extends Error {
  override readonly name = 'KafkaAnswer';
  readonly code: number;
  readonly error: KafkaErrorName;

  constructor(code: number, what: string) {
    super(`${what}: ${errorName(code)} (${code})`);
    this.code = code;
    this.error = errorName(code);
  }
}

/** The broker's error code inside whatever was thrown, through the wrappers kafkajs puts around it; undefined for trouble with the connection. */
export function brokerCodeOf(thrown: unknown): number | undefined {
  for (const error of causesOf(thrown)) {
    const code: unknown = Reflect.get(error, 'code');
    if (typeof code === 'number') return code;
  }
  return undefined;
}

function causesOf(thrown: unknown): Error[] {
  const causes: Error[] = [];
  for (let error = thrown; causes.length < 5 && error instanceof Error; ) {
    causes.push(error);
    error = error.cause ?? Reflect.get(error, 'originalError');
  }
  return causes;
}

/** Why no conversation came about that no later attempt will mend; undefined: none of these. */
function refusalOf(thrown: unknown): readonly [reason: string, remedy: string] | undefined {
  for (const error of causesOf(thrown)) {
    if (error.name === 'KafkaJSSASLAuthenticationError') {
      return ['sign-in', 'the brokers refused the sign-in; check user, password and properties.sasl.mechanism'];
    }
    const code: unknown = Reflect.get(error, 'code');
    if (typeof code === 'string' && TLS_CODES.test(code)) {
      const remedy = `TLS failed (${code}); check properties.security.protocol, and give the authority of the brokers' certificate in properties.ssl.truststore.certificates`;
      return ['tls', remedy];
    }
  }
  return undefined;
}

/** Of Node's TLS: a certificate nobody vouches for, for another host, out of date; a peer that speaks no TLS. */
const TLS_CODES = /^(ERR_SSL_|ERR_OSSL_|ERR_TLS_|EPROTO$|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/;

/** Whether the same request may be sent again, perhaps to another broker: connection trouble, or a code Kafka calls retriable. */
export function mayRetry(thrown: unknown): boolean {
  if (thrown instanceof StreamError) return thrown.retry === 'backoff';
  if (refusalOf(thrown) !== undefined) return false;
  const code = brokerCodeOf(thrown);
  if (code !== undefined) return isRetriable(errorName(code));
  return (
    thrown instanceof Error && !['TypeError', 'RangeError', 'ReferenceError', 'ProtocolError'].includes(thrown.name)
  );
}

/** Codes an operator of the cluster or the author of the job must do something about. */
const REMEDIES: Partial<Record<KafkaErrorName, readonly [reason: string, remedy: string]>> = {
  UNKNOWN_TOPIC_OR_PARTITION: ['topic-missing', 'create the topic, or correct the option topic'],
  TOPIC_AUTHORIZATION_FAILED: ['unauthorized', 'grant the user of this connection access to the topic'],
  GROUP_AUTHORIZATION_FAILED: ['unauthorized', 'grant the user of this connection access to the consumer group'],
  CLUSTER_AUTHORIZATION_FAILED: ['unauthorized', 'grant the user of this connection access to the cluster'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ['unauthorized', 'grant the user access to the transactional id prefix'],
  SASL_AUTHENTICATION_FAILED: ['sign-in', 'check user name, password and mechanism of the connection'],
  UNSUPPORTED_SASL_MECHANISM: ['sign-in', 'choose a mechanism the brokers offer'],
  MESSAGE_TOO_LARGE: ['too-large', 'raise max.message.bytes of the topic'],
  RECORD_LIST_TOO_LARGE: ['too-large', 'raise segment.bytes of the topic'],
  INVALID_TRANSACTION_TIMEOUT: [
    'transaction-timeout',
    'lower properties.transaction.timeout.ms or raise transaction.max.timeout.ms of the brokers',
  ],
  INVALID_PRODUCER_EPOCH: [
    'fenced',
    'its transaction timed out or a newer attempt of the job took over; it starts again from the last checkpoint',
  ],
  PRODUCER_FENCED: [
    'fenced',
    'its transaction timed out or a newer attempt of the job took over; it starts again from the last checkpoint',
  ],
};

/** Anything thrown while talking to Kafka as a StreamError that says what was being done and what to do now. */
export function kafkaError(thrown: unknown, doing: string): StreamError {
  if (thrown instanceof StreamError) return thrown;
  const code = brokerCodeOf(thrown);
  const cause = { cause: thrown, detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  const refusal = refusalOf(thrown);
  if (refusal !== undefined) {
    const [why, remedy] = refusal;
    return new StreamError(`kafka.${why}`, `${doing}: ${remedy}`, { domain: 'user', retry: 'never', ...cause });
  }
  if (code === undefined) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `${doing}: ${text}; check that the brokers of properties.bootstrap.servers run and can be reached, and speak the properties.security.protocol given`;
    return new StreamError('kafka.unreachable', message, { domain: 'external', retry: 'backoff', ...cause });
  }
  const name = errorName(code);
  const [reason, remedy] = REMEDIES[name] ?? ['broker', 'see the log of the brokers'];
  const retry = (isRetriable(name) && reason === 'broker') || reason === 'fenced' ? 'backoff' : 'never';
  return new StreamError(`kafka.${reason}`, `${doing}: the broker answered ${name}; ${remedy}`, {
    domain: 'external',
    retry,
    ...cause,
  });
}
