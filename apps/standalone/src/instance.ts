import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { identityOf, isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

const identity = z.object({ pid: z.int(), startTicks: z.string().optional() });

/** `<data dir>/instance.json` (0600: `databaseUrl` holds a password): where every part listens, for scripts. */
const instanceSchema = z.object({
  supervisor: identity,
  portalUrl: z.string(),
  apiUrl: z.string(),
  schedulerUrl: z.string(),
  kafkaBrokers: z.string(),
  /** Of the embedded broker: `/metrics` and `/clients`, for whoever sends what is in `cluster-token`. */
  kafkaStatusUrl: z.string().nullable().default(null),
  databaseUrl: z.string(),
  redisUrl: z.string().nullable(),
  startedAt: z.string(),
  /** Everything this instance started itself, in the order in which it is stopped. */
  processes: z.array(identity.extend({ name: z.string() })),
});
export type Instance = z.infer<typeof instanceSchema>;

export function instanceFile(dataDir: string): string {
  return path.join(dataDir, 'instance.json');
}

export function readInstance(dataDir: string): Instance | undefined {
  const file = instanceFile(dataDir);
  if (!existsSync(file)) return undefined;
  const parsed = instanceSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}

export function writeInstance(dataDir: string, instance: Instance): void {
  const file = instanceFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes what this process has written; that of another one, which was faster to take the folder, stays. */
export function withdrawInstance(dataDir: string): void {
  if (readInstance(dataDir)?.supervisor.pid === process.pid) rmSync(instanceFile(dataDir), { force: true });
}

/**
 * Takes the data folder for this process. Refuses when a living instance holds it; ends what a killed one
 * left behind (its children have process groups of their own and outlive it).
 */
export async function takeOver(dataDir: string): Promise<{ readonly leftovers: number }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const earlier = readInstance(dataDir);
  if (earlier === undefined) return { leftovers: 0 };
  if (isAlive(earlier.supervisor as ProcessIdentity) && earlier.supervisor.pid !== process.pid) {
    throw new Error(
      `Millrace already runs on this data folder (pid ${earlier.supervisor.pid}, ${earlier.portalUrl}). Stop it first, or choose another folder with --data-dir.`,
    );
  }
  let leftovers = 0;
  for (const process of earlier.processes as (ProcessIdentity & { name: string })[]) {
    if (!signalGroup(process, process.name === 'postgres' ? 'SIGINT' : 'SIGTERM')) continue;
    leftovers++;
    await gone(process, 8_000);
  }
  rmSync(instanceFile(dataDir), { force: true });
  return { leftovers };
}

export function selfIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

async function gone(identity: ProcessIdentity, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) signalGroup(identity, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
