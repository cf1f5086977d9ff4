/** What is asked of a connection: nothing, encryption, a log-in, or both. Kafka's names. */
const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];

/** Where a broker finds its certificate; PEM files. */
export interface TlsFiles {
  /** The certificate, followed by those that lead to a known authority. */
  readonly certFile: string;
  readonly keyFile: string;
  /**
   * Authorities of client certificates. With it a client must show one that they signed (ssl.client.auth=required); on an
   * `SSL` listener its subject is then who the client is.
   */
  readonly clientCaFile?: string;
}

/** One address a broker listens on. */
export interface ListenerOptions {
  readonly protocol: SecurityProtocol;
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  /** Where clients of this listener are told to connect to; where it listens when left out. */
  readonly advertisedHost?: string;
  readonly advertisedPort?: number;
  /** For `SSL` and `SASL_SSL`. */
  readonly tls?: TlsFiles;
}

/** A listener with its defaults filled in. */
export interface ListenerSettings {
  readonly protocol: SecurityProtocol;
  readonly host: string;
  readonly port: number;
  readonly advertisedHost: string;
  readonly advertisedPort: number | undefined;
  readonly tls: TlsFiles | undefined;
}

/** Where a listener can be reached, once it listens. */
export interface ListenerAddress {
  readonly protocol: SecurityProtocol;
  readonly host: string;
  readonly port: number;
  /** What clients that came in here are told in answers that name the broker. */
  readonly advertised: { readonly host: string; readonly port: number };
}

export function asksForLogin(protocol: SecurityProtocol): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL';
}

/** Whether whoever comes in has a name. */
export function identifies({ protocol, tls }: ListenerSettings): boolean {
  return asksForLogin(protocol) || tls?.clientCaFile !== undefined;
}

export function encrypts(protocol: SecurityProtocol): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL';
}

/** Fills in the defaults. Throws when a listener that encrypts has no certificate, or one that does not has. */
export function listenerSettings(options: ListenerOptions, defaultHost: string): ListenerSettings {
  const { protocol, port = 0, advertisedPort, tls } = options;
  const host = options.host ?? defaultHost;
  if (encrypts(protocol) !== (tls !== undefined)) {
    throw new Error(`listener ${protocol}: a certificate and a key belong to SSL and SASL_SSL, and to nothing else`);
  }
  return { protocol, host, port, advertisedHost: options.advertisedHost ?? host, advertisedPort, tls };
}

const LISTENER_URL =
  /^(?<protocol>PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL):\/\/(?<host>\[[^\]]+\]|[^:[\],]*):(?<port>\d{1,5})$/;

/**
 * Reads `listeners` and `advertised.listeners` as Kafka's configuration has them: `PROTOCOL://host:port`, separated by
 * commas, one per protocol. Throws with the entry that cannot be read.
 */
export function parseListeners(listeners: string, advertised: string, tls: TlsFiles | undefined): ListenerOptions[] {
  const outside = new Map(parseUrls(advertised).map((url) => [url.protocol, url]));
  return parseUrls(listeners).map(({ protocol, host, port }) => {
    const shown = outside.get(protocol);
    return {
      ...{ protocol, host, port },
      ...(shown === undefined ? {} : { advertisedHost: shown.host, advertisedPort: shown.port }),
      ...(encrypts(protocol) && tls !== undefined ? { tls } : {}),
    };
  });
}

function parseUrls(text: string): { protocol: SecurityProtocol; host: string; port: number }[] {
  const seen = new Set<string>();
  return text
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const parts = LISTENER_URL.exec(entry.trim())?.groups;
      const protocol = SECURITY_PROTOCOLS.find((name) => name === parts?.protocol);
      if (parts === undefined || protocol === undefined || Number(parts.port) > 65_535) {
        throw new Error(
          `listener ${entry.trim()}: expected PROTOCOL://host:port, with ${SECURITY_PROTOCOLS.join(', ')}`,
        );
      }
      if (seen.has(protocol)) throw new Error(`listener ${entry.trim()}: there is another one for ${protocol}`);
      seen.add(protocol);
      return { protocol, host: (parts.host ?? '').replace(/^\[|\]$/g, ''), port: Number(parts.port) };
    });
}
