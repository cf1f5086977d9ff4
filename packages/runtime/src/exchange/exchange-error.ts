import { StreamError } from '@millrace/model';

export type ExchangeErrorCode =
  /** The peer's process or the connection is gone. */
  | 'exchange.connection-lost'
  /** The sending task closed before its last element. */
  | 'exchange.sender-closed'
  /** The receiving task closed. */
  | 'exchange.receiver-closed'
  /** The channel belongs to an execution that has been replaced. */
  | 'exchange.stale-execution'
  | 'exchange.duplicate-channel'
  /** Token, application or protocol do not fit. */
  | 'exchange.refused'
  /** The peer sent something that is no message. */
  | 'exchange.malformed'
  /** The sender ignored flow control on a channel nobody reads yet. */
  | 'exchange.overflow';

/** All of them end the execution, which starts again from its last checkpoint. */
export function exchangeError(code: ExchangeErrorCode, message: string, cause?: unknown): StreamError {
  return new StreamError(code, message, {
    domain: 'internal',
    retry: 'backoff',
    ...(cause === undefined ? {} : { cause }),
  });
}
