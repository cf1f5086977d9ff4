'use client';
import { Anchor, Code, Group, Paper, Table, Text, Title, UnstyledButton } from '@mantine/core';
import type { AuditEntryView } from '@millrace/protocol/api';
import { Empty, Failed, formatTime, Loading } from '@millrace/ui';
import Link from 'next/link';
import { useState } from 'react';
import { OlderPages, useOlderQuery } from '../../client/pages.tsx';
import { SearchField } from '../../client/search-field.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useAudit } from './queries.ts';

/** Who changed what, newest first; entries are never changed or deleted. Both sides of a change open on click. */
export function AuditLog() {
  const url = useUrlState();
  const actor = url.get('actor') ?? '';
  const { data: entries, error, refetch } = useAudit(useOlderQuery(['actor', 'resource']));
  const resource = url.get('resource');
  return (
    <Paper p={0}>
      <Group justify="space-between" px="sm" py={8}>
        <Title order={2} fz={14}>
          Audit log
        </Title>
        <Group gap="sm">
          {resource === undefined ? null : (
            <Text size="xs" c="dimmed">
              on {resource} only ·{' '}
              <Anchor component={Link} href="/settings?tab=audit" size="xs" underline="always">
                show all
              </Anchor>
            </Text>
          )}
          <SearchField label="Only what this user did" placeholder="User name" width={180} name="actor" />
        </Group>
      </Group>
      {error === null ? null : <Failed what="the audit log" error={error} onRetry={refetch} />}
      {entries === undefined ? (
        error === null ? (
          <Loading what="the audit log" />
        ) : null
      ) : entries.length === 0 ? (
        <Empty title={actor === '' && resource === undefined ? 'Nothing was changed yet' : 'No entry fits'} />
      ) : (
        <Table.ScrollContainer minWidth={760}>
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={160}>When</Table.Th>
                <Table.Th w={140}>Who</Table.Th>
                <Table.Th w={130}>From</Table.Th>
                <Table.Th w={150}>What</Table.Th>
                <Table.Th>On</Table.Th>
                <Table.Th w={90}>Result</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <OlderPages ids={entries?.map(({ id }) => id) ?? []} />
    </Paper>
  );
}

function Entry({ entry }: { readonly entry: AuditEntryView }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Table.Tr>
        <Table.Td className="numbers" style={{ whiteSpace: 'nowrap' }}>
          {formatTime(entry.at)}
        </Table.Td>
        <Table.Td>{entry.actor}</Table.Td>
        <Table.Td c="dimmed">{entry.ip ?? 'the platform'}</Table.Td>
        <Table.Td>
          <UnstyledButton fz="sm" aria-expanded={open} onClick={() => setOpen(!open)} td="underline">
            {entry.action}
          </UnstyledButton>
        </Table.Td>
        <Table.Td className="mono" fz="xs" style={{ overflowWrap: 'anywhere' }}>
          <Anchor
            component={Link}
            href={`/settings?tab=audit&resource=${encodeURIComponent(entry.resource)}`}
            size="xs"
            title="Only what was done to this"
          >
            {entry.resource}
          </Anchor>
        </Table.Td>
        <Table.Td>{entry.result}</Table.Td>
      </Table.Tr>
      {open ? (
        <Table.Tr>
          <Table.Td colSpan={6}>
            <Group align="flex-start" grow>
              <Side title="Before" value={entry.before} />
              <Side title="After" value={entry.after} />
            </Group>
          </Table.Td>
        </Table.Tr>
      ) : null}
    </>
  );
}

function Side({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <div>
      <Text size="xs" fw={600}>
        {title}
      </Text>
      <Code block fz={11} mah={260} style={{ overflow: 'auto' }}>
        {value === null || value === undefined ? 'nothing' : JSON.stringify(value, null, 2)}
      </Code>
    </div>
  );
}
