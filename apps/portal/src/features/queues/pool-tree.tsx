'use client';
import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Group,
  Paper,
  Stack,
  Table,
  Text,
  Title,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core';
import type { QueueView } from '@millrace/protocol/api';
import { Answered, Empty, formatBytes, formatCount, formatWhole, ResourceBar, TimeAgo } from '@millrace/ui';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import Link from 'next/link';
import { useState } from 'react';
import { useLive } from '../../client/live.tsx';
import { useMay } from '../account/queries.ts';
import { AddPoolForm } from './add-pool-form.tsx';
import { EditPoolForm } from './edit-pool-form.tsx';
import { usePools } from './queries.ts';

const MEBIBYTE = 1024 * 1024;

/** Who may use how much of the cluster, who uses it now, and who waits for what. Who may reshape it does so here. */
export function PoolTree() {
  useLive('queues');
  const answer = usePools();
  const { data } = answer;
  const may = useMay();
  const edits = may('queues.change');
  const [edited, setEdited] = useState<string>();
  const [adding, setAdding] = useState(false);
  const editing = data?.items.find((pool) => pool.name === edited);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Pools
        </Title>
        {data === undefined ? null : (
          <Group gap="sm">
            <Text size="xs" c="dimmed">
              as of <TimeAgo at={data.asOf} /> · the nodes offer {formatCount(data.capacity.vcores)} vcores and{' '}
              {formatBytes(data.capacity.memoryMb * MEBIBYTE)}
            </Text>
            {may('queues.create') ? (
              <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
                New pool
              </Button>
            ) : null}
          </Group>
        )}
      </Group>
      <Answered what="the pools" answer={answer}>
        {({ items }) => (
          <>
            <Pools pools={items} onEdit={edits ? setEdited : undefined} />
            <WaitingJobs pools={items} />
          </>
        )}
      </Answered>
      {data === undefined || editing === undefined ? null : (
        <EditPoolForm key={editing.name} pool={editing} pools={data.items} onClose={() => setEdited(undefined)} />
      )}
      {data !== undefined && adding ? <AddPoolForm pools={data.items} onClose={() => setAdding(false)} /> : null}
    </Stack>
  );
}

interface PoolsProps {
  readonly pools: readonly QueueView[];
  readonly onEdit: ((name: string) => void) | undefined;
}

function Pools({ pools, onEdit }: PoolsProps) {
  return (
    <Paper p={0}>
      <Table.ScrollContainer minWidth={800}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th miw={230}>Pool</Table.Th>
              <Table.Th w="25%">Vcores</Table.Th>
              <Table.Th w="30%">Memory</Table.Th>
              <Table.Th w={100} ta="right">
                Jobs
              </Table.Th>
              {onEdit === undefined ? null : (
                <Table.Th w={44}>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pools.map((pool) => (
              <PoolRow key={pool.name} pool={pool} root={pools[0] ?? pool} onEdit={onEdit} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Legend />
    </Paper>
  );
}

interface PoolRowProps {
  readonly pool: QueueView;
  readonly root: QueueView;
  readonly onEdit: ((name: string) => void) | undefined;
}

function PoolRow({ pool, root, onEdit }: PoolRowProps) {
  const depth = pool.name.split('.').length - 1;
  return (
    <Table.Tr>
      <Table.Td style={{ paddingLeft: 12 + depth * 14 }}>
        <Anchor
          component={Link}
          href={`/jobs?queue=${encodeURIComponent(pool.name)}`}
          size="sm"
          fw={600}
          style={{ overflowWrap: 'anywhere' }}
        >
          {pool.name.split('.').at(-1)}
        </Anchor>
        <Text size="xs" c="dimmed" component="div">
          {pool.policy === 'fifo' ? 'first come, first served' : 'fair among jobs'}
          {pool.state === 'stopped' ? (
            <Badge color="yellow" ml={6}>
              stopped: drains
            </Badge>
          ) : null}
        </Text>
      </Table.Td>
      <Table.Td>
        <Share pool={pool} part="vcores" root={root} format={formatCount} unit="vcores" />
      </Table.Td>
      <Table.Td>
        <Share pool={pool} part="memoryMb" root={root} format={(value) => formatBytes(value * MEBIBYTE)} unit="MiB" />
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatWhole(pool.runningApplications)} of {formatWhole(pool.maxApplications)}
        <div>
          {pool.waiting.length === 0 ? (
            <Text size="xs" c="dimmed">
              0 waiting
            </Text>
          ) : (
            <Badge color="yellow">{formatWhole(pool.waiting.length)} waiting</Badge>
          )}
        </div>
      </Table.Td>
      {onEdit === undefined ? null : (
        <Table.Td>
          <Tooltip label={`Change ${pool.name}`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Change ${pool.name}`}
              onClick={() => onEdit(pool.name)}
            >
              <IconPencil size={15} />
            </ActionIcon>
          </Tooltip>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

interface ShareProps {
  readonly pool: QueueView;
  readonly part: 'vcores' | 'memoryMb';
  readonly root: QueueView;
  readonly format: (value: number) => string;
  readonly unit: string;
}

function Share({ pool, part, root, format, unit }: ShareProps) {
  const [used, guaranteed, maximum, pending] = [
    pool.used[part],
    pool.guaranteed[part],
    pool.maximum[part],
    pool.pending[part],
  ];
  return (
    <>
      <ResourceBar
        used={used}
        guaranteed={guaranteed}
        maximum={maximum}
        pending={pending}
        scale={root.maximum[part]}
        unit={unit}
      />
      <Text size="xs" c="dimmed" className="numbers">
        {format(used)} used · {format(guaranteed)} guaranteed · {format(maximum)} at most
        {pending > 0 ? ` · ${format(pending)} asked for` : ''}
      </Text>
    </>
  );
}

function Legend() {
  return (
    <Text size="xs" c="dimmed" px="sm" py={6}>
      The width of a bar is the maximum, the mark in it the guarantee, the fill what is used: green within the
      guarantee, orange above it; stripes are asked for and not granted.
    </Text>
  );
}

function WaitingJobs({ pools }: { readonly pools: readonly QueueView[] }) {
  const waiting = pools.flatMap((pool) =>
    pool.waiting.map((job, index) => ({ ...job, pool: pool.name, place: index + 1 })),
  );
  return (
    <Paper p={0}>
      <Title order={2} fz={14} px="sm" py={8}>
        Waiting jobs
      </Title>
      {waiting.length === 0 ? (
        <Empty title="No job waits">Every job that was started has its containers.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={700}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={220}>Job</Table.Th>
                <Table.Th w={180}>Pool</Table.Th>
                <Table.Th w={60} ta="right">
                  Place
                </Table.Th>
                <Table.Th>Why</Table.Th>
                <Table.Th w={120}>Since</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {waiting.map((job) => (
                <Table.Tr key={job.jobId}>
                  <Table.Td>
                    <Anchor
                      component={Link}
                      href={`/jobs/${job.jobId}`}
                      size="sm"
                      fw={600}
                      style={{ overflowWrap: 'anywhere' }}
                    >
                      {job.job}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{job.pool}</Table.Td>
                  <Table.Td ta="right">{job.place}</Table.Td>
                  <Table.Td>{job.reason}</Table.Td>
                  <Table.Td c="dimmed">
                    <TimeAgo at={job.since} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}
