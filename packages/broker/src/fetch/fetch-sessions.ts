import { randomInt } from 'node:crypto';
import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { FetchSession } from './fetch-session.ts';
import type { Wanted } from './wanted.ts';

const SESSIONS_MAX = 1000;
/** Partitions in all sessions together: some 20 MiB. */
const PARTITIONS_MAX = 100_000;
/** A session that was used within this time is not given up for a new one. */
const EVICTION_MS = 120_000;
const SESSION_ID_MAX = 0x7fff_ffff;

/** Opens a session, or repeats everything in one that goes on without. */
const INITIAL_EPOCH = 0;
/** Everything at once, and no session any more. */
const FINAL_EPOCH = -1;

/** What a fetch request says about its session. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly epoch: number;
  readonly byId: boolean;
  readonly wanted: readonly Wanted[];
  readonly forgotten: readonly { readonly topicKey: string; readonly partition: number }[];
}

/** What is to be read, and for which session; session 0 is none. */
export type SessionDecision =
  | { readonly kind: 'refuse'; readonly error: KafkaErrorName }
  | { readonly kind: 'read'; readonly wanted: readonly Wanted[]; readonly session: FetchSession | undefined };

/** The sessions of all consumers, a bounded number of them; who finds no place is answered in full every time. */
export class FetchSessions {
  private readonly byId = new Map<number, FetchSession>();

  get size(): number {
    return this.byId.size;
  }

  /** Kafka's FetchManager.newContext. */
  resolve(request: SessionRequest, nowMs: number): SessionDecision {
    const { sessionId, epoch, wanted, forgotten, byId } = request;
    if (epoch === INITIAL_EPOCH || epoch === FINAL_EPOCH) {
      this.byId.delete(sessionId);
      const session = epoch === INITIAL_EPOCH ? this.open(byId, wanted, nowMs) : undefined;
      return { kind: 'read', wanted, session };
    }
    const session = this.byId.get(sessionId);
    if (session === undefined) return { kind: 'refuse', error: 'FETCH_SESSION_ID_NOT_FOUND' };
    if (session.byId !== byId) return { kind: 'refuse', error: 'FETCH_SESSION_TOPIC_ID_ERROR' };
    if (session.epoch !== epoch) return { kind: 'refuse', error: 'INVALID_FETCH_SESSION_EPOCH' };
    session.update(wanted, forgotten, nowMs);
    // Used last: at the end of the map.
    this.byId.delete(sessionId);
    if (session.size === 0) return { kind: 'read', wanted, session: undefined };
    this.byId.set(sessionId, session);
    return { kind: 'read', wanted: session.wanted(), session };
  }

  /** The id to answer with when nothing was told: a session that was to begin with this answer has not begun. */
  afterThrottling(session: FetchSession | undefined): number {
    if (session === undefined) return 0;
    if (!session.isNew) return session.id;
    this.byId.delete(session.id);
    return 0;
  }

  private open(byId: boolean, wanted: readonly Wanted[], nowMs: number): FetchSession | undefined {
    if (wanted.length === 0 || !this.makeRoom(wanted.length, nowMs)) return undefined;
    let id = 0;
    while (id === 0 || this.byId.has(id)) id = randomInt(1, SESSION_ID_MAX);
    const session = new FetchSession(id, byId, wanted, nowMs);
    this.byId.set(id, session);
    return session;
  }

  private makeRoom(partitions: number, nowMs: number): boolean {
    const fits = () => this.byId.size < SESSIONS_MAX && this.partitionsCount() + partitions <= PARTITIONS_MAX;
    for (const [id, session] of this.byId) {
      if (fits()) break;
      if (nowMs - session.lastUsedMs < EVICTION_MS) return false;
      this.byId.delete(id);
    }
    return fits();
  }

  private partitionsCount(): number {
    let count = 0;
    for (const { size } of this.byId.values()) count += size;
    return count;
  }
}
