'use client';
import { Badge, Button, Group, Paper, Select, Table, Title, VisuallyHidden } from '@mantine/core';
import { ROLE_NAMES, type User } from '@millrace/protocol/api';
import { Empty, Failed, Loading, TimeAgo } from '@millrace/ui';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { failed, succeeded } from '../../client/notify.tsx';
import { PAGE_SIZE, Pages, usePage } from '../../client/pages.tsx';
import { SearchField } from '../../client/search-field.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { AddUserForm } from './add-user-form.tsx';
import { useDoChangeUser, useUsers } from './queries.ts';
import { ResetPasswordForm } from './reset-password-form.tsx';

/** Admins only. Nobody changes themselves here: an admin cannot lock the last door from inside. */
export function UserList({ ownId }: { readonly ownId: string }) {
  const url = useUrlState();
  const query = new URLSearchParams({ page: String(usePage()), pageSize: String(PAGE_SIZE), q: url.get('q') ?? '' });
  const { data, error, refetch } = useUsers(query.toString());
  const [adding, setAdding] = useState(false);
  const [reset, setReset] = useState<User>();
  if (data === undefined)
    return error === null ? <Loading what="the users" /> : <Failed what="the users" error={error} onRetry={refetch} />;
  return (
    <Paper p={0}>
      <Group justify="space-between" px="sm" py={8}>
        <Title order={2} fz={14}>
          Users
        </Title>
        <Group gap="sm">
          <SearchField label="Find by name" placeholder="Name" width={180} />
          <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
            New user
          </Button>
        </Group>
      </Group>
      {error === null ? null : <Failed what="the newest state of the users" error={error} onRetry={refetch} />}
      <Table.ScrollContainer minWidth={760}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>User name</Table.Th>
              <Table.Th w={150}>Role</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Added</Table.Th>
              <Table.Th w={220}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map((user) => (
              <UserRow key={user.id} user={user} own={user.id === ownId} onReset={setReset} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.items.length === 0 ? <Empty title="Nobody has this in their name" /> : null}
      <Pages total={data.total} />
      {adding ? <AddUserForm onClose={() => setAdding(false)} /> : null}
      {reset === undefined ? null : <ResetPasswordForm user={reset} onClose={() => setReset(undefined)} />}
    </Paper>
  );
}

interface UserRowProps {
  readonly user: User;
  readonly own: boolean;
  readonly onReset: (user: User) => void;
}

function UserRow({ user, own, onReset }: UserRowProps) {
  const change = useDoChangeUser();
  const apply = (what: { role?: User['role']; disabled?: boolean }, said: string) =>
    change.mutate(
      { id: user.id, ...what },
      { onSuccess: () => succeeded(said), onError: (error) => failed(`Changing ${user.username}`, error) },
    );
  return (
    <Table.Tr>
      <Table.Td fw={600} style={{ overflowWrap: 'anywhere' }}>
        {user.displayName}
      </Table.Td>
      <Table.Td>{user.username}</Table.Td>
      <Table.Td>
        {own ? (
          user.role
        ) : (
          <Select
            aria-label={`Role of ${user.username}`}
            data={[...ROLE_NAMES]}
            value={user.role}
            disabled={change.isPending}
            onChange={(value) => {
              const role = ROLE_NAMES.find((name) => name === value);
              if (role !== undefined && role !== user.role) apply({ role }, `${user.username} is ${role} now.`);
            }}
          />
        )}
      </Table.Td>
      <Table.Td>
        <Badge color={user.disabled ? 'gray' : 'teal'}>{user.disabled ? 'disabled' : 'may sign in'}</Badge>
        {user.mustChangePassword ? (
          <Badge color="yellow" ml={4}>
            first password
          </Badge>
        ) : null}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={user.createdAt} />
      </Table.Td>
      <Table.Td>
        {own ? null : (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button variant="subtle" onClick={() => onReset(user)}>
              Reset password
            </Button>
            <Button
              variant="subtle"
              color={user.disabled ? 'teal' : 'red'}
              loading={change.isPending}
              onClick={() =>
                apply(
                  { disabled: !user.disabled },
                  user.disabled
                    ? `${user.username} may sign in again.`
                    : `${user.username} was disabled and signed out.`,
                )
              }
            >
              {user.disabled ? 'Enable' : 'Disable'}
            </Button>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
