import type { GroupProtocol, JoinRequest, JoinResult, SyncResult } from './group-messages.ts';
import { joinError, NOTHING, syncError } from './group-messages.ts';

/**
 * One member of a group: what it said about itself, what it was assigned, and the two requests it may have parked. Of
 * each kind only the latest is parked; an older one is answered REBALANCE_IN_PROGRESS, its sender having moved on.
 */
export class Member {
  /** Changes when a static member restarts: the place stays, the id does not. */
  id: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly GroupProtocol[];
  assignment: Buffer = NOTHING;
  private join: ((result: JoinResult) => void) | undefined;
  private sync: ((result: SyncResult) => void) | undefined;
  private session: NodeJS.Timeout | undefined;

  constructor(id: string, request: JoinRequest) {
    this.id = id;
    this.instanceId = request.instanceId;
    this.clientId = request.clientId;
    this.clientHost = request.clientHost;
    this.sessionTimeoutMs = request.sessionTimeoutMs;
    this.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    this.protocols = request.protocols;
  }

  /** Waits for the generation to complete. */
  get isJoining(): boolean {
    return this.join !== undefined;
  }

  /** Waits for the leader's assignment. */
  get isSyncing(): boolean {
    return this.sync !== undefined;
  }

  knows(protocol: string): boolean {
    return this.protocols.some(({ name }) => name === protocol);
  }

  /** What the member said about itself under a protocol. */
  metadata(protocol: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? NOTHING;
  }

  /** Takes over what a later JoinGroup says; returns whether it changes anything the leader must know. */
  update(request: JoinRequest): boolean {
    const changed = !sameProtocols(this.protocols, request.protocols);
    this.protocols = request.protocols;
    this.sessionTimeoutMs = request.sessionTimeoutMs;
    this.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    return changed;
  }

  parkJoin(): Promise<JoinResult> {
    this.answerJoin(joinError('REBALANCE_IN_PROGRESS', this.id));
    clearTimeout(this.session);
    return new Promise((resolve) => {
      this.join = resolve;
    });
  }

  parkSync(): Promise<SyncResult> {
    this.answerSync(syncError('REBALANCE_IN_PROGRESS'));
    return new Promise((resolve) => {
      this.sync = resolve;
    });
  }

  answerJoin(result: JoinResult): void {
    this.join?.(result);
    this.join = undefined;
  }

  answerSync(result: SyncResult): void {
    this.sync?.(result);
    this.sync = undefined;
  }

  /** The member was heard from: it has another session timeout. One that waits for a generation cannot be silent. */
  touch(onSilence: () => void): void {
    clearTimeout(this.session);
    if (!this.isJoining) this.session = setTimeout(onSilence, this.sessionTimeoutMs);
  }

  /** Ends its timer and whatever it has parked. */
  dismiss(error: 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID' | 'COORDINATOR_NOT_AVAILABLE'): void {
    clearTimeout(this.session);
    this.answerJoin(joinError(error, this.id));
    this.answerSync(syncError(error));
  }
}

function sameProtocols(a: readonly GroupProtocol[], b: readonly GroupProtocol[]): boolean {
  return a.length === b.length && a.every((p, i) => p.name === b[i]?.name && p.metadata.equals(b[i].metadata));
}
