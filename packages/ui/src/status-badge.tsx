import { Badge, Tooltip } from '@mantine/core';
import type { JobStatus } from '@millrace/model';

const COLORS: Readonly<Record<JobStatus, string>> = {
  created: 'gray',
  submitted: 'yellow',
  accepted: 'yellow',
  starting: 'cyan',
  running: 'teal',
  restarting: 'orange',
  suspending: 'cyan',
  suspended: 'gray',
  canceling: 'gray',
  canceled: 'gray',
  failed: 'red',
  finished: 'blue',
};

/** Observed state of a job. A status that nobody confirmed lately is shown with a question mark, never as certain. */
export function StatusBadge({
  status,
  stale,
  reason,
}: {
  readonly status: JobStatus;
  readonly stale?: boolean;
  readonly reason?: string | null;
}) {
  const label = stale ? `${status}, unconfirmed: no word from the job or its node` : reason;
  const badge = (
    <Badge color={stale ? 'gray' : COLORS[status]} variant={stale ? 'outline' : 'light'} data-status={status}>
      {status}
      {stale ? ' ?' : ''}
    </Badge>
  );
  return label ? <Tooltip label={label}>{badge}</Tooltip> : badge;
}
