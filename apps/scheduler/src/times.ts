/** All waits of the scheduler, in ms. Tests shorten them; production uses `DEFAULT_TIMES` (reconciler notes, section 3.4). */
export interface SchedulerTimes {
  /** Lease of the leader; renewed at a third of it. */
  readonly leaderLeaseMs: number;
  /** A node or master silent for this long plus the grace is given up. */
  readonly livelinessMs: number;
  readonly graceMs: number;
  /** A node silent for this long gets no new container, though its old ones are left alone. */
  readonly suspectMs: number;
  /** An allocated container that no agent has claimed by then is given up. */
  readonly claimMs: number;
  /** A master that has not registered this long after its process started is stopped. */
  readonly registerMs: number;
  /** A master that has not finished this long after it was asked to cancel is stopped. */
  readonly cancelMs: number;
  /** Everything is looked at this often, wake-up or not. */
  readonly sweepMs: number;
  /** A master that lived this long has earned its restart budget back. */
  readonly budgetResetMs: number;
  /** An agent that does not report a container that should stop has not got it, when this long has passed. */
  readonly forgottenMs: number;
}

export const DEFAULT_TIMES: SchedulerTimes = {
  leaderLeaseMs: 3_000,
  livelinessMs: 30_000,
  graceMs: 5_000,
  suspectMs: 10_000,
  claimMs: 60_000,
  registerMs: 60_000,
  cancelMs: 30_000,
  sweepMs: 5_000,
  budgetResetMs: 600_000,
  forgottenMs: 3_000,
};
