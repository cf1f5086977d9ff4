import type { JobSettings } from '@millrace/model';
import { z } from 'zod';
import { jobSettingsSchema } from '../job-spec.ts';

/** What a new job gets where the request says nothing. Times in ms, memory in MiB. */
export const DEFAULT_SETTINGS = {
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 1,
  queue: 'root.development',
  containers: { master: { vcores: 0.25, memoryMb: 384 }, worker: { vcores: 0.5, memoryMb: 512 } },
  checkpoint: { intervalMs: 5_000, timeoutMs: 60_000, retainedCount: 5 },
  restart: { attemptsMax: 10, delayMs: 1_000 },
} as const;

const parts = jobSettingsSchema.shape;
const containers = parts.containers.shape;

/** Any part of the settings; what is left out takes `DEFAULT_SETTINGS`. Answers the whole, within the bounds of `jobSettingsSchema`. */
export const settingsInputSchema = z
  .strictObject({
    engine: parts.engine,
    guarantee: parts.guarantee,
    parallelism: parts.parallelism,
    queue: parts.queue,
    containers: z.strictObject({ master: containers.master.partial(), worker: containers.worker.partial() }).partial(),
    checkpoint: parts.checkpoint.partial(),
    restart: parts.restart.partial(),
    deadLetterTopic: parts.deadLetterTopic,
  })
  .partial()
  .transform((given) => ({
    ...DEFAULT_SETTINGS,
    ...given,
    containers: {
      master: { ...DEFAULT_SETTINGS.containers.master, ...given.containers?.master },
      worker: { ...DEFAULT_SETTINGS.containers.worker, ...given.containers?.worker },
    },
    checkpoint: { ...DEFAULT_SETTINGS.checkpoint, ...given.checkpoint },
    restart: { ...DEFAULT_SETTINGS.restart, ...given.restart },
  }))
  .pipe(jobSettingsSchema);
export type SettingsInput = z.input<typeof settingsInputSchema>;
export type SettingsView = z.output<typeof jobSettingsSchema>;

/** The same settings with the brands of the model. Absent stays absent: `deadLetterTopic` is left out when it is undefined. */
export function settingsOf(view: SettingsView): JobSettings {
  const { deadLetterTopic, ...settings } = view;
  const whole = deadLetterTopic === undefined ? settings : { ...settings, deadLetterTopic };
  return whole as JobSettings;
}
