import { listTopics } from '@millrace/connectors/browse';
import { CONNECTOR_DESCRIPTIONS, type OptionDescription } from '@millrace/connectors/options';
import { type ConnectionRow, listConnections } from '@millrace/database';
import type { OptionProposal } from '@millrace/sql';
import { environment } from '../../../env.ts';
import { database } from '../../../server/database.ts';

/** Topics are asked for at most this often, and not waited for longer than that. */
const TOPICS_FRESH_MS = 15_000;
const TOPICS_WAIT_MS = 1_000;

/** The options an editor can propose: every connector's own, the connections there are, and the names of the topics. */
export async function optionProposals(
  signal: AbortSignal,
): Promise<(connector: string | undefined) => readonly OptionProposal[]> {
  const [connections, topics] = await Promise.all([listConnections(database().client), topicNames(signal)]);
  return (connector) => proposalsFor(connector, connections, topics);
}

/** Pure. */
export function proposalsFor(
  connector: string | undefined,
  connections: readonly Pick<ConnectionRow, 'name' | 'connector'>[],
  topics: readonly string[],
): readonly OptionProposal[] {
  const described = CONNECTOR_DESCRIPTIONS.find(({ name }) => name === connector);
  if (described === undefined) {
    const help = 'What the table is: where its rows come from or go to.';
    return [{ name: 'connector', help, values: CONNECTOR_DESCRIPTIONS.map(({ name }) => name) }];
  }
  const names = connections.filter((connection) => connection.connector === connector).map(({ name }) => name);
  const connection = { name: 'connection', help: 'A named connection: its options and its secret.', values: names };
  const own = described.options.filter(({ name }) => !name.includes('<')).map((option) => proposalOf(option));
  const known = own.map((option) => (option.name === 'topic' ? { ...option, values: topics } : option));
  return names.length === 0 ? known : [connection, ...known];
}

function proposalOf(option: OptionDescription): OptionProposal {
  const { name, help, required, kind } = option;
  const values = option.values ?? (kind === 'boolean' ? ['true', 'false'] : undefined);
  const extra = required ? ' Required.' : option.default === undefined ? '' : ` Default: ${option.default}.`;
  return { name, help: `${help}${extra}`, ...(values === undefined ? {} : { values }) };
}

let known: readonly string[] = [];
let askedAt = Number.NEGATIVE_INFINITY;

/** As of at most 15 seconds ago; those of before when the broker does not answer in time. */
async function topicNames(signal: AbortSignal): Promise<readonly string[]> {
  if (performance.now() - askedAt < TOPICS_FRESH_MS) return known;
  askedAt = performance.now();
  const asking = listTopics({
    options: { 'properties.bootstrap.servers': environment().kafkaBrokers },
    allowedHosts: environment().allowedHosts,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TOPICS_WAIT_MS)]),
  });
  // A broker that is away takes the topics' names from the list, nothing else.
  known = await asking.then(
    (topics) => topics.map(({ topic }) => topic).filter((topic) => !topic.startsWith('__')),
    () => known,
  );
  return known;
}
