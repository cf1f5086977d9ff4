import { systemOf } from '@millrace/connectors/options';
import { resolveConnection } from '@millrace/database';
import type { ConnectorOptions, LogicalPlan } from '@millrace/plan';
import { environment } from '../../../env.ts';
import { database } from '../../../server/database.ts';

/** The plan with every `connection` reference replaced by its options and the platform's brokers filled in; for a preview process, never for the browser. */
export async function resolveOptions(plan: LogicalPlan): Promise<LogicalPlan> {
  const nodes = await Promise.all(
    plan.nodes.map(async (node) =>
      'connector' in node ? { ...node, options: await resolved(node.connector, node.options) } : node,
    ),
  );
  return { ...plan, nodes };
}

async function resolved(connector: string, given: ConnectorOptions): Promise<ConnectorOptions> {
  const { connection, ...own } = given;
  const shared =
    connection === undefined
      ? {}
      : (await resolveConnection(database().client, connection, environment().secretKey)).options;
  const options = { ...shared, ...own };
  if (systemOf(connector) !== 'kafka' || options['properties.bootstrap.servers'] !== undefined) return options;
  return { ...options, 'properties.bootstrap.servers': environment().kafkaBrokers };
}
