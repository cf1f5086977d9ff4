import { type ListenerOptions, type ListenerSettings, listenerSettings } from './connections/listener-options.ts';
import type { FlushPolicy } from './files/group-commit.ts';
import type { RateWindows } from './quotas/rate.ts';
import type { AuthorizerMode } from './security/authorizer.ts';

/** What a request looks like to a fault plan. */
export interface RequestFacts {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** What a test does to one request: lose it, lose its answer, or answer late. */
export type Fault =
  | { readonly kind: 'drop-before' }
  | { readonly kind: 'drop-after' }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** How to run a broker. Everything but the data directory has a default. */
export interface BrokerOptions {
  /** Where logs and journals live; created when missing, locked while the broker runs. */
  readonly dataDir: string;
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  /** The name clients are told to connect to; the listening host when left out. */
  readonly advertisedHost?: string;
  /** Where to listen, instead of one `PLAINTEXT` listener on host and port. The first one is the broker's `port`. */
  readonly listeners?: readonly ListenerOptions[];
  /** Passwords by user name: who can log in from the start. Only what a password can be checked by is stored. */
  readonly users?: Readonly<Record<string, string>>;
  /** Which rules say who may do what; `auto` when left out: open until there is a user or an ACL. */
  readonly authorizer?: AuthorizerMode;
  /** Principals (`User:name`) who may do everything (super.users). */
  readonly superUsers?: readonly string[];
  /** Whether everybody may do everything with resources that no ACL is about (allow.everyone.if.no.acl.found). */
  readonly allowIfNoAcl?: boolean;
  /** How the rates of clients with a quota are measured; 11 windows of a second when left out, as in Kafka. */
  readonly quotaWindows?: RateWindows;
  /** How long a client may take to log in. */
  readonly authenticationMsMax?: number;
  /** How long the answer to a failed log-in is held back. */
  readonly failedAuthenticationDelayMs?: number;
  /** After which time a client must log in again (connections.max.reauth.ms, KIP-368); 0 never. */
  readonly sessionMsMax?: number;
  /** `group-commit` acknowledges only what is on the disk; `none` trusts the operating system. */
  readonly flush?: FlushPolicy;
  readonly autoCreateTopics?: boolean;
  readonly defaultPartitions?: number;
  /** How long an empty group waits for more members before its first generation. */
  readonly groupInitialDelayMs?: number;
  /** How often timed-out transactions are looked for. */
  readonly transactionScanMs?: number;
  /** How often retention, expiry and compaction of journals run. */
  readonly retentionScanMs?: number;
  readonly transactionTimeoutMsMax?: number;
  readonly requestBytesMax?: number;
  readonly connectionsMax?: number;
  /** Closes the broker when aborted. */
  readonly signal?: AbortSignal;
  /** Called for every request; tests of clients use it to lose answers. */
  readonly fault?: (request: RequestFacts) => Fault | undefined;
  /** Where problems that nobody asked about are reported; one line each. */
  readonly log?: (line: string) => void;
}

export type Settings = Required<
  Omit<BrokerOptions, 'signal' | 'fault' | 'host' | 'port' | 'advertisedHost' | 'listeners'>
> & {
  readonly fault: ((request: RequestFacts) => Fault | undefined) | undefined;
  /** At least one. */
  readonly listeners: readonly ListenerSettings[];
};

const DEFAULT_HOST = '127.0.0.1';

/** What is not said otherwise. */
export const DEFAULTS = {
  users: {} as Readonly<Record<string, string>>,
  authorizer: 'auto' as AuthorizerMode,
  superUsers: [] as readonly string[],
  allowIfNoAcl: false,
  quotaWindows: { windows: 11, windowMs: 1000 } as RateWindows,
  authenticationMsMax: 30_000,
  failedAuthenticationDelayMs: 100,
  sessionMsMax: 0,
  flush: 'group-commit' as FlushPolicy,
  autoCreateTopics: true,
  defaultPartitions: 1,
  groupInitialDelayMs: 0,
  transactionScanMs: 1000,
  retentionScanMs: 30_000,
  transactionTimeoutMsMax: 900_000,
  requestBytesMax: 100 * 1024 * 1024,
  connectionsMax: 2000,
};

/** Fills in the defaults. Throws when a listener contradicts itself. */
export function settingsOf(options: BrokerOptions): Settings {
  const { signal: _, fault, log, host = DEFAULT_HOST, port = 0, advertisedHost, listeners, ...given } = options;
  const plain: ListenerOptions = { protocol: 'PLAINTEXT', port, advertisedHost: advertisedHost ?? host };
  const wanted = listeners === undefined || listeners.length === 0 ? [plain] : listeners;
  return {
    ...DEFAULTS,
    ...given,
    fault,
    log: log ?? (() => {}),
    listeners: wanted.map((listener) => listenerSettings(listener, host)),
  };
}
