import type { Reader, Writer } from '@millrace/kafka-protocol';
import type { ConnectedClients } from '../connections/connected-clients.ts';
import type { Session } from '../connections/session.ts';
import type { SocketGarbage } from '../connections/socket-garbage.ts';
import type { FetchSessions } from '../fetch/fetch-sessions.ts';
import type { RecycledBuffers } from '../files/recycled-buffers.ts';
import type { GroupOffsets } from '../groups/group-offsets.ts';
import type { Groups } from '../groups/groups.ts';
import type { Topics } from '../log/topics.ts';
import type { BrokerMetrics } from '../metrics.ts';
import type { Settings } from '../options.ts';
import type { ClientQuotas } from '../quotas/client-quotas.ts';
import type { Meters } from '../quotas/meters.ts';
import type { Access } from '../security/access.ts';
import type { Acls } from '../security/acls.ts';
import type { Authorizer } from '../security/authorizer.ts';
import type { Users } from '../security/users.ts';
import type { Transactions } from '../transactions/transactions.ts';

/** This broker's id, in a cluster of one. */
export const NODE_ID = 1;

/** Everything an API may touch. */
export interface BrokerState {
  /** What is served and advertised. */
  readonly apis: readonly Api[];
  readonly settings: Settings;
  readonly clusterId: string;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly offsets: GroupOffsets;
  readonly transactions: Transactions;
  readonly fetchSessions: FetchSessions;
  readonly users: Users;
  readonly acls: Acls;
  readonly authorizer: Authorizer;
  readonly quotas: ClientQuotas;
  readonly meters: Meters;
  readonly clients: ConnectedClients;
  readonly metrics: BrokerMetrics;
  /** Memory of requests and answers. */
  readonly buffers: RecycledBuffers;
  readonly socketGarbage: SocketGarbage;
  readonly now: () => number;
}

/** One request, its header already read. */
interface Request {
  readonly version: number;
  readonly body: Reader;
  readonly clientId: string;
  readonly clientHost: string;
  /** The connection it came in on. */
  readonly session: Session;
  /** What its author may do. */
  readonly access: Access;
  /** Aborted when the connection goes away: parked requests end. */
  readonly signal: AbortSignal;
}

/** Writes the body of the answer. The writer has the right encoding (classic or flexible) already. */
export type Answer = (writer: Writer) => void;

/**
 * One Kafka API, all its versions.
 *
 * `handle` is called in the order in which requests arrive on a connection, and must have decoded the request and changed
 * what it changes before its first `await`: the next request of the connection is handled without waiting for the answer.
 * Answers are sent in order of the requests. `undefined` means that the client expects no answer. Throwing closes the
 * connection; whatever a client may do wrong is an error code in an answer.
 */
export interface Api {
  readonly key: number;
  readonly name: string;
  /** Advertised range. Kafka clients derive features from it, so it may reach below what is really answered. */
  readonly versions: readonly [min: number, max: number];
  /** First version with compact encodings; undefined when there is none. */
  readonly flexibleFrom: number | undefined;
  /** Lowest version that is answered, when that is above the advertised one. */
  readonly answeredFrom?: number;
  /** Nothing refers to the bytes of a request any more once `handle` has returned: they may be overwritten. */
  readonly leavesNoView?: true;
  handle(request: Request, broker: BrokerState): Answer | undefined | Promise<Answer | undefined>;
}
