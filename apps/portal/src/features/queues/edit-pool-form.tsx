'use client';
import { Alert, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import type { QueueView } from '@millrace/protocol/api';
import { formatCount } from '@millrace/ui';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../client/api-client.ts';
import { fieldErrors, formError } from '../../client/field-errors.ts';
import { failed, succeeded } from '../../client/notify.tsx';
import { useMay } from '../account/queries.ts';
import { type PoolDraft, PoolFields, SHOWN_FIELDS } from './pool-fields.tsx';
import { useDoChangePool, useDoRemovePool } from './queries.ts';

interface Props {
  /** As it is now; it may change while the form is open. */
  readonly pool: QueueView;
  readonly pools: readonly QueueView[];
  readonly onClose: () => void;
}

/**
 * The edit names the version it was made from. When somebody else was faster nothing is applied, what was typed stays,
 * and the new values are shown beside it.
 */
export function EditPoolForm({ pool, pools, onClose }: Props) {
  const [base, setBase] = useState(pool);
  const [draft, setDraft] = useState<PoolDraft>(() => draftOf(pool));
  const [state, setState] = useState(pool.state);
  const change = useDoChangePool();
  const may = useMay();
  const remove = useDoRemovePool();
  const conflict = pool.version !== base.version;
  const parent = pools.find((candidate) => candidate.name === pool.parent);
  const isLeaf = !pools.some((candidate) => candidate.parent === pool.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { name: pool.name, change: { version: base.version, state, ...draft } },
      {
        onSuccess: ({ warnings }) => {
          succeeded(`${pool.name} was changed.${warnings.length === 0 ? '' : ` Note: ${warnings[0]?.message}.`}`);
          onClose();
        },
      },
    );
  };
  const error =
    change.error instanceof ApiError && change.error.status === 409 && conflict
      ? undefined
      : formError(change.error, SHOWN_FIELDS);
  return (
    <Modal opened onClose={onClose} title={`Change ${pool.name}`} size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {conflict ? (
            <Alert color="yellow" title="Somebody changed this pool while you were editing">
              <Text size="sm">
                Nothing of yours was applied. It is now: {describe(pool)}. What you typed is kept below.
              </Text>
              <Group gap="xs" mt="xs">
                <Button variant="default" onClick={() => setBase(pool)}>
                  Apply mine on top
                </Button>
                <Button
                  variant="default"
                  onClick={() => {
                    setBase(pool);
                    setDraft(draftOf(pool));
                    setState(pool.state);
                  }}
                >
                  Take the new values
                </Button>
              </Group>
            </Alert>
          ) : null}
          {error === undefined ? null : (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <PoolFields
            draft={draft}
            onChange={setDraft}
            errors={fieldErrors(change.error)}
            parent={parent}
            isLeaf={isLeaf}
          />
          <Select
            label="State"
            description="A stopped pool drains: what runs goes on, nothing new starts."
            data={['running', 'stopped']}
            value={state}
            onChange={(value) => setState(value === 'stopped' ? 'stopped' : 'running')}
          />
          <Group justify="space-between">
            {isLeaf && pool.parent !== null && may('queues.remove') ? (
              <Button
                variant="subtle"
                color="red"
                loading={remove.isPending}
                onClick={() =>
                  remove.mutate(pool.name, {
                    onSuccess: () => {
                      succeeded(`${pool.name} was deleted.`);
                      onClose();
                    },
                    onError: (problem) => failed(`Deleting ${pool.name}`, problem),
                  })
                }
              >
                Delete this pool
              </Button>
            ) : (
              <span />
            )}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <Button type="submit" loading={change.isPending} disabled={conflict}>
                Apply
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function draftOf(pool: QueueView): PoolDraft {
  const { guaranteed, maximum, policy, maxApplications } = pool;
  return { guaranteed, maximum, policy, maxApplications };
}

function describe({ guaranteed, maximum }: QueueView): string {
  return `guaranteed ${formatCount(guaranteed.vcores)} vcores and ${guaranteed.memoryMb} MiB, at most ${formatCount(maximum.vcores)} vcores and ${maximum.memoryMb} MiB`;
}
