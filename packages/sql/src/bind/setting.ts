/** A SET key that means something here: what it does, and values worth proposing. */
export interface Setting {
  readonly name: string;
  readonly help: string;
  readonly values: readonly string[];
}

export const IDLE_TIMEOUT_SETTING = 'table.exec.source.idle-timeout';

/** Every setting a script can make. Parallelism, checkpoints and the like belong to the job, not to its text. */
export const SETTINGS: readonly Setting[] = [
  {
    name: IDLE_TIMEOUT_SETTING,
    help: 'How long a split of a source may be silent before it no longer holds the watermark back. Default: 10 s.',
    values: ['10 s', '30 s', '1 min', '5 min'],
  },
];
