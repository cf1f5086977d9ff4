'use client';
import { Button, Group, Menu, Tooltip } from '@mantine/core';
import type { JobDetailView, OperationName } from '@millrace/protocol/api';
import {
  IconCamera,
  IconChevronDown,
  IconEdit,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
  IconX,
} from '@tabler/icons-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { failed, succeeded } from '../../client/notify.tsx';
import { useMay } from '../account/queries.ts';
import { aboutJob } from './about-job.ts';
import { ConfirmEnd } from './confirm-end.tsx';
import { type JobAction, useDoJobAction } from './queries.ts';

/** How each action is told, and the tab where its result is seen. */
const TOLD: Readonly<Record<JobAction, { readonly title: string; readonly done: string; readonly tab: string }>> = {
  start: { title: 'Starting', done: 'is starting', tab: 'events' },
  stop: { title: 'Stopping', done: 'stops with a savepoint', tab: 'checkpoints' },
  cancel: { title: 'Canceling', done: 'is being canceled', tab: 'events' },
  savepoints: { title: 'A savepoint of', done: 'takes a savepoint', tab: 'checkpoints' },
};

/**
 * What can be done with a job now. What a person may never do is not there; a button that cannot be pressed now says why;
 * what loses work is confirmed by name.
 */
export function JobActions({ job }: { readonly job: JobDetailView }) {
  const act = useDoJobAction(job.id);
  const may = useMay();
  const [confirming, setConfirming] = useState<'cancel' | 'delete'>();
  const { refusals } = job;
  const run = (action: JobAction, body?: unknown) => {
    const { title, done, tab } = TOLD[action];
    act.mutate(
      { action, body },
      {
        onSuccess: () => succeeded(`${job.name} ${done}.`, aboutJob(job, tab)),
        onError: (error) => failed(`${title} ${job.name}`, error, aboutJob(job)),
      },
    );
  };
  return (
    <Group gap={6}>
      {refusals.start === undefined ? (
        may('jobs.start') ? (
          <StartButtons pending={act.isPending} onStart={(from) => run('start', { from })} />
        ) : null
      ) : (
        <>
          <Act
            operation="jobs.stop"
            refusal={refusals.stop}
            icon={<IconPlayerStop size={14} />}
            onClick={() => run('stop')}
          >
            Stop with savepoint
          </Act>
          <Act
            operation="checkpoints.savepoint"
            refusal={refusals.savepoint}
            icon={<IconCamera size={14} />}
            onClick={() => run('savepoints')}
          >
            Savepoint
          </Act>
          <Act
            operation="jobs.cancel"
            refusal={refusals.cancel}
            icon={<IconX size={14} />}
            color="red"
            onClick={() => setConfirming('cancel')}
          >
            Cancel
          </Act>
        </>
      )}
      {may('versions.create') ? (
        <Button variant="default" component={Link} href={`/jobs/${job.id}/edit`} leftSection={<IconEdit size={14} />}>
          Edit
        </Button>
      ) : null}
      {may('jobs.remove') ? (
        <Tooltip label="Delete the job">
          <Button variant="default" c="red" px={8} aria-label="Delete" onClick={() => setConfirming('delete')}>
            <IconTrash size={14} />
          </Button>
        </Tooltip>
      ) : null}
      {confirming === undefined ? null : (
        <ConfirmEnd
          job={job}
          what={confirming}
          onClose={() => setConfirming(undefined)}
          onCancelJob={() => run('cancel')}
        />
      )}
    </Group>
  );
}

interface StartProps {
  readonly pending: boolean;
  readonly onStart: (from: 'latest' | 'none') => void;
}

function StartButtons({ pending, onStart }: StartProps) {
  return (
    <Button.Group>
      <Button leftSection={<IconPlayerPlay size={14} />} loading={pending} onClick={() => onStart('latest')}>
        Start
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button px={6} aria-label="Ways to start" style={{ borderLeft: '1px solid rgb(255 255 255 / 30%)' }}>
            <IconChevronDown size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onStart('latest')}>From the newest checkpoint or savepoint</Menu.Item>
          <Menu.Item onClick={() => onStart('none')}>With empty state</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}

interface ActProps {
  readonly operation: OperationName;
  /** Why it cannot be pressed now. */
  readonly refusal: string | undefined;
  readonly icon: ReactNode;
  readonly color?: string;
  readonly onClick: () => void;
  readonly children: string;
}

/** A button that stays in the tab order while it refuses, so that a keyboard, too, comes to its reason. */
function Act({ operation, refusal, icon, color, onClick, children }: ActProps) {
  const allowed = useMay()(operation);
  if (!allowed) return null;
  const button = (
    <Button
      variant="default"
      leftSection={icon}
      {...(refusal === undefined ? {} : { 'data-disabled': true, 'aria-disabled': true })}
      {...(refusal !== undefined || color === undefined ? {} : { c: color })}
      onClick={(event) => (refusal === undefined ? onClick() : event.preventDefault())}
    >
      {children}
    </Button>
  );
  return refusal === undefined ? button : <Tooltip label={refusal}>{button}</Tooltip>;
}
