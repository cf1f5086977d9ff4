import { z } from 'zod';

/**
 * What a container reads from `container.json` in its working directory (mode 0600) when it starts. Written
 * by the agent from the launch order. Holds one secret, the application token; job options with their
 * secrets never touch the disk: the master fetches them from the scheduler and hands them to its workers.
 */
export const containerConfigSchema = z.object({
  container: z.string(),
  application: z.string(),
  job: z.object({ id: z.string(), name: z.string() }),
  role: z.enum(['master', 'worker']),
  /** Which try of the application this container belongs to. */
  attempt: z.int().positive(),
  schedulerUrl: z.url(),
  /** Proves to scheduler, master and sibling workers that this process belongs to the application and attempt. */
  token: z.string().min(32),
  /** The directory of this job's checkpoints (not of all jobs), absolute, on storage that all containers of the job share. */
  checkpointDir: z.string(),
  memoryMb: z.int().positive(),
  /** Workers only: `host:port` of their master. */
  masterAddress: z.string().optional(),
});
export type ContainerConfig = z.infer<typeof containerConfigSchema>;
