import { z } from 'zod';

const settingsSchema = z.object({
  /** The folder below which jobs may read and write files; jobs may not use files when it is absent. The same on every node. */
  MILLRACE_FILES_ROOT: z.string().startsWith('/', 'an absolute path').optional(),
  /** Hosts of private networks jobs may reach all the same, separated by commas: host, *.domain, address or block, each with :port or without. */
  MILLRACE_CONNECTOR_ALLOW: z.string().optional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** What the platform decides about connectors: the same for all jobs, out of reach of their authors. */
export interface ConnectorSettings {
  readonly filesRoot: string | undefined;
  readonly allowedHosts: readonly string[];
}

/** Read by whatever runs connectors: masters, workers, previews, the portal. Throws with everything that is wrong. */
export function connectorSettingsOf(environment: Environment): ConnectorSettings {
  const parsed = settingsSchema.safeParse(present(environment));
  if (!parsed.success) throw new Error(`the settings of connectors are wrong: ${z.prettifyError(parsed.error)}`);
  const { MILLRACE_FILES_ROOT: filesRoot, MILLRACE_CONNECTOR_ALLOW: allow = '' } = parsed.data;
  const allowedHosts = allow.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
  return { filesRoot, allowedHosts };
}

/** The part of an environment that is handed on to whatever runs connectors; nothing else of it is. */
export function connectorEnvironment(environment: Environment): Readonly<Record<string, string>> {
  return present(environment);
}

/** A variable set to nothing is not set. */
function present(environment: Environment): Record<string, string> {
  const found = Object.keys(settingsSchema.shape).flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
