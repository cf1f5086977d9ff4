import { type ContainerStatus, isLive } from '@millrace/model';
import type { NodeHeartbeat } from '@millrace/protocol';

/** What the database knows about a container of this node. */
export interface KnownContainer {
  readonly id: string;
  readonly status: ContainerStatus;
  /** Its run is over, or has moved on to a later attempt. */
  readonly outdated: boolean;
  /** Since it was asked to stop, ms. */
  readonly stoppingForMs: number;
  readonly reason: string | null;
}

export interface ContainerUpdate {
  readonly id: string;
  readonly status: ContainerStatus;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly rssBytes: number | null;
  readonly startedAt: number | null;
  readonly ended: boolean;
}

export interface NodeDecision {
  readonly updates: readonly ContainerUpdate[];
  readonly stop: readonly { readonly id: string; readonly graceMs: number; readonly reason: string }[];
  readonly forget: readonly string[];
  /** Ids that should run. */
  readonly wanted: readonly string[];
}

/** Time for a container to close its files after SIGTERM; a fenced one has nothing left to save. */
const STOP_GRACE_MS = 5_000;
const FENCED_GRACE_MS = 1_000;

type Reported = NodeHeartbeat['containers'][number];

/**
 * What a heartbeat of an agent means: it says what is, the tables say what should be. Pure. `known` holds every
 * living container of the node and every reported one that exists. An agent handles an answer before it
 * sends its next report, so what it does not report it does not have.
 */
export function decideNode(
  reported: readonly Reported[],
  known: readonly KnownContainer[],
  forgottenMs: number,
): NodeDecision {
  const rows = new Map(known.map((container) => [container.id, container]));
  const reports = new Map(reported.map((report) => [report.id, report]));
  const after = new Map(known.map((row) => [row.id, statusAfter(row, reports.get(row.id), forgottenMs)]));
  return {
    updates: known.flatMap((row) => update(row, reports.get(row.id), after.get(row.id) ?? row.status)),
    stop: reported.flatMap((report) => stopOrder(report, rows.get(report.id))),
    forget: reported
      .filter(({ id, status }) => hasEnded(status) && !isLive(after.get(id) ?? 'finished'))
      .map(({ id }) => id),
    wanted: known
      .filter(({ id, outdated }) => !outdated && isLive(after.get(id) ?? 'finished') && after.get(id) !== 'stopping')
      .map(({ id }) => id),
  };
}

function statusAfter(row: KnownContainer, report: Reported | undefined, forgottenMs: number): ContainerStatus {
  const { status } = row;
  if (report === undefined) {
    // Not claimed yet; or told to stop before the agent ever heard of it; or gone with the agent's memory.
    if (status === 'stopping') return row.stoppingForMs > forgottenMs ? 'finished' : status;
    return status === 'launching' || status === 'running' ? 'lost' : status;
  }
  if (hasEnded(report.status)) return isLive(status) || status === 'lost' ? report.status : status;
  return isLive(status) && status !== 'stopping' ? report.status : status;
}

function update(
  row: KnownContainer,
  report: Reported | undefined,
  status: ContainerStatus,
): readonly ContainerUpdate[] {
  if (report === undefined && status === row.status) return [];
  const ended = !isLive(status) && isLive(row.status);
  const gone = status === 'lost' ? 'its node no longer knows it' : row.reason;
  return [
    {
      id: row.id,
      status,
      pid: report?.pid ?? null,
      exitCode: report?.exitCode ?? null,
      reason: report === undefined ? gone : (report.reason ?? row.reason),
      rssBytes: report?.rssBytes ?? null,
      startedAt: report?.startedAt ?? null,
      ended,
    },
  ];
}

function stopOrder(report: Reported, row: KnownContainer | undefined): NodeDecision['stop'] {
  if (hasEnded(report.status)) return [];
  if (row === undefined) return [{ id: report.id, graceMs: FENCED_GRACE_MS, reason: 'the scheduler does not know it' }];
  if (row.status === 'stopping')
    return [{ id: row.id, graceMs: row.outdated ? FENCED_GRACE_MS : STOP_GRACE_MS, reason: row.reason ?? 'released' }];
  if (!isLive(row.status)) return [{ id: row.id, graceMs: FENCED_GRACE_MS, reason: row.reason ?? 'given up' }];
  return row.outdated ? [{ id: row.id, graceMs: FENCED_GRACE_MS, reason: 'its attempt is over' }] : [];
}

function hasEnded(status: Reported['status']): status is 'finished' | 'failed' {
  return status === 'finished' || status === 'failed';
}
