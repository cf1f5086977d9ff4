'use client';
import { Button, Group, Modal, Text, TextInput } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { failed, succeeded } from '../../client/notify.tsx';
import { aboutJob } from './about-job.ts';
import { useDoDeleteJob } from './queries.ts';

interface Props {
  readonly job: JobDetailView;
  readonly what: 'cancel' | 'delete';
  readonly onClose: () => void;
  readonly onCancelJob: () => void;
}

/** Ends a job only after its name was typed, and says what is lost by it. */
export function ConfirmEnd({ job, what, onClose, onCancelJob }: Props) {
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
          succeeded(`${job.name} was deleted.`);
          router.replace('/jobs');
        },
        onError: (error) => failed(`Deleting ${job.name}`, error, aboutJob(job)),
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
