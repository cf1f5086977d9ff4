import { type Queryable, resolveConnection } from '@millrace/database';
import { type JobId, type JobSpec, StreamError } from '@millrace/model';
import { jobSettingsSchema } from '@millrace/protocol';
import { z } from 'zod';

export interface Platform {
  readonly secretKey: Uint8Array;
  /** For Kafka tables that name no brokers. */
  readonly kafkaBrokers: string;
}

const KAFKA_BROKERS = 'properties.bootstrap.servers';

/** The plan is opaque here but for the options of what touches the outside. */
const planSchema = z.looseObject({
  nodes: z.array(
    z.looseObject({
      kind: z.string(),
      label: z.string().optional(),
      connector: z.string().optional(),
      options: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/**
 * One version of a job as its master gets it: every `connection` of the plan replaced by its options, secrets opened.
 * Options written in the statement win over those of the connection. Exists in memory and on the wire to
 * the master only. Throws `connection.missing`, `connection.wrong-connector`, `connection.secret-unreadable`.
 */
export async function loadJobSpec(db: Queryable, jobId: string, version: number, platform: Platform): Promise<JobSpec> {
  const row = await db.jobVersion.findUniqueOrThrow({
    where: { jobId_version: { jobId, version } },
    include: { job: { select: { name: true } } },
  });
  const plan = planSchema.parse(row.plan);
  const nodes = [];
  for (const node of plan.nodes) {
    const { connector, options } = node;
    if (connector === undefined || options === undefined) nodes.push(node);
    else
      nodes.push({
        ...node,
        options: await resolve(db, { connector, options, label: node.label ?? connector }, platform),
      });
  }
  // Branded ids exist only in types; settings were checked by this schema when the version was saved.
  const settings = jobSettingsSchema.parse(row.settings) as JobSpec['settings'];
  return { id: jobId as JobId, name: row.job.name, version, settings, plan: { ...plan, nodes } };
}

interface Table {
  readonly connector: string;
  readonly label: string;
  readonly options: Readonly<Record<string, string>>;
}

/** `upsert-kafka` is another way to write to what `kafka` connects to. */
function usesConnectionsOf(connector: string, system: string): boolean {
  return connector === system || connector.endsWith(`-${system}`);
}

async function resolve(db: Queryable, table: Table, platform: Platform): Promise<Readonly<Record<string, string>>> {
  const { connection: name, ...own } = table.options;
  let options: Readonly<Record<string, string>> = own;
  if (name !== undefined) {
    const connection = await resolveConnection(db, name, platform.secretKey);
    if (!usesConnectionsOf(table.connector, connection.connector))
      throw new StreamError(
        'connection.wrong-connector',
        `"${table.label}" is a ${table.connector} table, connection "${name}" is for ${connection.connector}. Name another connection.`,
        { domain: 'user', retry: 'never' },
      );
    options = { ...connection.options, ...own };
  }
  const needsBrokers = /kafka/.test(table.connector) && options[KAFKA_BROKERS] === undefined;
  return needsBrokers ? { ...options, [KAFKA_BROKERS]: platform.kafkaBrokers } : options;
}
