'use client';
import { Button, Group, Menu, Modal, Text, TextInput, Tooltip } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
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
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { failed, succeeded } from '../../client/notify.ts';
import { type JobAction, useDoDeleteJob, useDoJobAction } from './queries.ts';

const DONE: Readonly<Record<JobAction, string>> = {
  start: 'is starting',
  stop: 'stops with a savepoint',
  cancel: 'is being canceled',
  savepoints: 'takes a savepoint',
};

/** What can be done with a job now. A button that cannot be pressed says why; what loses work is confirmed by name. */
export function JobActions({ job }: { readonly job: JobDetailView }) {
  const act = useDoJobAction(job.id);
  const [confirming, setConfirming] = useState<'cancel' | 'delete'>();
  const run = (action: JobAction, body?: unknown) =>
    act.mutate(
      { action, body },
      { onSuccess: () => succeeded(`${job.name} ${DONE[action]}`), onError: (error) => failed(action, error) },
    );
  const { refusals } = job;
  return (
    <Group gap={6}>
      {refusals.start === undefined ? (
        <Group gap={0}>
          <Button
            leftSection={<IconPlayerPlay size={14} />}
            loading={act.isPending}
            onClick={() => run('start')}
            style={{ borderTopRightRadius: 0, borderBottomRightRadius: 0 }}
          >
            Start
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button
                px={6}
                aria-label="Ways to start"
                style={{
                  borderTopLeftRadius: 0,
                  borderBottomLeftRadius: 0,
                  borderLeft: '1px solid rgb(255 255 255 / 30%)',
                }}
              >
                <IconChevronDown size={14} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => run('start', { from: 'latest' })}>
                From the newest checkpoint or savepoint
              </Menu.Item>
              <Menu.Item onClick={() => run('start', { from: 'none' })}>With empty state</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      ) : (
        <>
          <Why reason={refusals.stop}>
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={14} />}
              disabled={refusals.stop !== undefined}
              onClick={() => run('stop')}
            >
              Stop with savepoint
            </Button>
          </Why>
          <Why reason={refusals.savepoint}>
            <Button
              variant="default"
              leftSection={<IconCamera size={14} />}
              disabled={refusals.savepoint !== undefined}
              onClick={() => run('savepoints')}
            >
              Savepoint
            </Button>
          </Why>
          <Why reason={refusals.cancel}>
            <Button
              variant="default"
              c="red"
              leftSection={<IconX size={14} />}
              disabled={refusals.cancel !== undefined}
              onClick={() => setConfirming('cancel')}
            >
              Cancel
            </Button>
          </Why>
        </>
      )}
      <Button variant="default" component={Link} href={`/jobs/${job.id}/edit`} leftSection={<IconEdit size={14} />}>
        Edit
      </Button>
      <Button variant="default" c="red" px={8} aria-label="Delete" onClick={() => setConfirming('delete')}>
        <IconTrash size={14} />
      </Button>
      {confirming === undefined ? null : (
        <Confirm
          job={job}
          what={confirming}
          onClose={() => setConfirming(undefined)}
          onCancelJob={() => run('cancel')}
        />
      )}
    </Group>
  );
}

function Why({ reason, children }: { readonly reason: string | undefined; readonly children: React.ReactNode }) {
  return reason === undefined ? (
    children
  ) : (
    <Tooltip label={reason}>
      <span>{children}</span>
    </Tooltip>
  );
}

interface ConfirmProps {
  readonly job: JobDetailView;
  readonly what: 'cancel' | 'delete';
  readonly onClose: () => void;
  readonly onCancelJob: () => void;
}

function Confirm({ job, what, onClose, onCancelJob }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const router = useRouter();
  const remove = useDoDeleteJob(job.id);
  const confirm = () => {
    if (what === 'cancel') {
      onCancelJob();
      onClose();
    } else {
      remove.mutate(undefined, {
        onSuccess: () => {
          succeeded(`${job.name} was deleted`);
          router.replace('/jobs');
        },
        onError: (error) => failed('delete', error),
      });
    }
  };
  return (
    <Modal opened onClose={onClose} title={what === 'cancel' ? 'Cancel the job' : 'Delete the job'} size="md">
      <Text size="sm" mb="sm">
        {what === 'cancel'
          ? 'It ends now, without a savepoint: work since the last checkpoint is done again by the next start. Open transactions are aborted.'
          : 'It disappears from the lists and what runs of it is canceled. Its results stay where they are.'}
      </Text>
      <TextInput
        label={`Type ${job.name} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
      />
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button color="red" disabled={typed !== job.name} loading={remove.isPending} onClick={confirm}>
          {what === 'cancel' ? 'Cancel the job' : 'Delete'}
        </Button>
      </Group>
    </Modal>
  );
}
