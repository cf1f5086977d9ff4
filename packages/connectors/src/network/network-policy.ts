import { BlockList, isIP } from 'node:net';

/** The setting an administrator changes to let jobs reach a host. */
export const ALLOW_SETTING = 'MILLRACE_CONNECTOR_ALLOW';

/** A port is undefined when every port is meant. */
type Entry =
  | { readonly kind: 'name'; readonly name: string; readonly anyBelow: boolean; readonly port: number | undefined }
  | { readonly kind: 'addresses'; readonly addresses: BlockList; readonly port: number | undefined };

/**
 * Which hosts jobs may connect to. Users write host names; whoever lets a server connect wherever a user says
 * gives away everything that trusts the server's place in the network (server-side request forgery, CWE-918).
 * So addresses that are not of the public internet are refused unless an administrator listed them: this
 * machine and the platform's own parts, private networks, the metadata services of clouds.
 *
 * An entry is `host`, `*.domain`, an address, or a block such as `10.1.0.0/16`, each with `:port` or without. A
 * name that is listed is trusted wherever it leads.
 */
export class NetworkPolicy {
  readonly #entries: readonly Entry[];

  /** Throws an Error that names a bad entry. */
  constructor(allow: readonly string[]) {
    this.#entries = allow.map(parseEntry);
  }

  /** Whether `host`, as a user or a broker named it, may be reached at `address`, which it was resolved to. */
  allows(host: string, port: number, address: string): boolean {
    if (isPublic(address)) return true;
    return this.#entries.some((entry) => {
      if (entry.port !== undefined && entry.port !== port) return false;
      return entry.kind === 'addresses' ? contains(entry.addresses, address) : isNamed(entry, host);
    });
  }
}

function isNamed(entry: Extract<Entry, { kind: 'name' }>, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return entry.anyBelow ? name.endsWith(`.${entry.name}`) : name === entry.name;
}

const ENTRY =
  /^(\[[0-9a-fA-F:]+\](?:\/\d{1,3})?|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:\/\d{1,3})?|[^\s:[\]/]+(?:\/\d{1,2})?)(?::(\d{1,5}))?$/;
const NAME = /^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*)$/;

function parseEntry(text: string): Entry {
  const wrong = () =>
    new Error(
      `'${text}' in ${ALLOW_SETTING} is no host: write host, *.domain, an address or a block such as 10.1.0.0/16, with :port or without`,
    );
  const [, written = '', portText] = ENTRY.exec(text) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (written === '' || (port !== undefined && (port < 1 || port > 65_535))) throw wrong();
  const [place = '', prefix] = written.replace(/[[\]]/g, '').split('/');
  const version = isIP(place);
  if (version === 0) {
    const match = prefix === undefined ? NAME.exec(place) : null;
    if (match === null) throw wrong();
    return { kind: 'name', name: (match[2] ?? '').toLowerCase(), anyBelow: match[1] !== undefined, port };
  }
  const addresses = new BlockList();
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const bits = Number(prefix ?? (version === 4 ? 32 : 128));
  if (bits > (version === 4 ? 32 : 128)) throw wrong();
  addresses.addSubnet(place, bits, family);
  return { kind: 'addresses', addresses, port };
}

/** Everything that is not of the public internet (IANA's special-purpose registries, RFC 6890). */
const SPECIAL = new BlockList();
for (const [block, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  SPECIAL.addSubnet(block, bits, 'ipv4');
}

/** Of IPv6 only global unicast is public, and of that not what stands for an IPv4 address or is kept for documents. */
const GLOBAL_UNICAST = new BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');
const SPECIAL_UNICAST = new BlockList();
for (const [block, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  SPECIAL_UNICAST.addSubnet(block, bits, 'ipv6');
}

function isPublic(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  switch (isIP(plain)) {
    case 4:
      return !SPECIAL.check(plain, 'ipv4');
    case 6:
      return GLOBAL_UNICAST.check(plain, 'ipv6') && !SPECIAL_UNICAST.check(plain, 'ipv6');
    default:
      return false;
  }
}

function contains(addresses: BlockList, address: string): boolean {
  return addresses.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
