'use client';
import { Alert, Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { QueueView } from '@millrace/protocol/api';
import { type FormEvent, useState } from 'react';
import { fieldErrors, formError } from '../../client/field-errors.ts';
import { succeeded } from '../../client/notify.tsx';
import { type PoolDraft, PoolFields, SHOWN_FIELDS } from './pool-fields.tsx';
import { useDoAddPool } from './queries.ts';

interface Props {
  readonly pools: readonly QueueView[];
  readonly onClose: () => void;
}

/** A pool below another one. It starts without a guarantee: taking from its siblings is a second, deliberate step. */
export function AddPoolForm({ pools, onClose }: Props) {
  const [parentName, setParentName] = useState(pools[0]?.name ?? 'root');
  const [name, setName] = useState('');
  const parent = pools.find((pool) => pool.name === parentName);
  const [draft, setDraft] = useState<PoolDraft>(() => ({
    guaranteed: { vcores: 0, memoryMb: 0 },
    maximum: parent?.maximum ?? { vcores: 1, memoryMb: 1024 },
    policy: 'fifo',
    maxApplications: 100,
  }));
  const add = useDoAddPool();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { name: `${parentName}.${name.trim()}`, ...draft },
      {
        onSuccess: ({ queue }) => {
          succeeded(`Pool ${queue.name} was made.`);
          onClose();
        },
      },
    );
  };
  const error = formError(add.error, [...SHOWN_FIELDS, 'name']);
  return (
    <Modal opened onClose={onClose} title="New pool" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {error === undefined ? null : (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <SimpleGrid cols={2} spacing="sm">
            <Select
              label="Below"
              data={pools.map((pool) => pool.name)}
              value={parentName}
              onChange={(value) => setParentName(value ?? parentName)}
              searchable
            />
            <TextInput
              label="Name"
              placeholder="search"
              required
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={fieldErrors(add.error).name}
            />
          </SimpleGrid>
          <PoolFields draft={draft} onChange={setDraft} errors={fieldErrors(add.error)} parent={parent} isLeaf />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={add.isPending} disabled={name.trim() === ''}>
              Make pool
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
