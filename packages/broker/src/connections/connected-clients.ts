import type { Principal } from '../security/principal.ts';
import type { SecurityProtocol } from './listener-options.ts';
import type { Session } from './session.ts';

/** One client that is connected now. */
export interface ConnectedClient {
  /** Counts up from 1 since the start of the broker. */
  readonly id: number;
  readonly protocol: SecurityProtocol;
  readonly address: string;
  /** Null until somebody has logged in where that is asked for. */
  readonly principal: Principal | null;
  readonly clientId: string | null;
  /** What the client says it is (KIP-511); null when it says nothing. */
  readonly software: { readonly name: string; readonly version: string } | null;
  readonly connectedAtMs: number;
  readonly lastRequest: { readonly api: string; readonly version: number; readonly atMs: number } | null;
  readonly requests: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** How long it has been told to rest because of quotas. */
  readonly throttledMs: number;
}

/** How many clients of one kind of software are connected. */
export interface ConnectedSoftware {
  readonly name: string;
  readonly version: string;
  readonly connections: number;
}

/** Connections on which nobody has logged in yet where that is asked for. */
const STRANGERS_MAX = 256;

/** Everybody who is connected; as many as the broker accepts connections. */
export class ConnectedClients {
  private readonly sessions = new Set<Session>();
  private lastId = 0;

  /** A number that no other connection has had. */
  nextId(): number {
    return ++this.lastId;
  }

  add(session: Session): void {
    this.sessions.add(session);
  }

  remove(session: Session): void {
    this.sessions.delete(session);
  }

  /** Whether another one may come in who has not logged in yet: they must not take the places of those who have. */
  hasRoomForStranger(): boolean {
    let strangers = 0;
    for (const session of this.sessions) if (!session.isAuthenticated) strangers++;
    return strangers < STRANGERS_MAX;
  }

  /** In the order in which they came. */
  list(): ConnectedClient[] {
    return [...this.sessions].map((session) => session.describe());
  }

  /** The kinds of software, most connections first. */
  software(): ConnectedSoftware[] {
    const kinds = new Map<string, ConnectedSoftware>();
    for (const session of this.sessions) {
      const { name, version } = session.software ?? { name: 'unknown', version: 'unknown' };
      const key = `${name} ${version}`;
      kinds.set(key, { name, version, connections: (kinds.get(key)?.connections ?? 0) + 1 });
    }
    return [...kinds.values()].sort((a, b) => b.connections - a.connections);
  }
}
