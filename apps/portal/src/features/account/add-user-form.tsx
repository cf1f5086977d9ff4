'use client';
import { Alert, Button, Group, Modal, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { ROLE_NAMES, type RoleName } from '@millrace/protocol/api';
import { type FormEvent, useState } from 'react';
import { fieldErrors, formError } from '../../client/field-errors.ts';
import { succeeded } from '../../client/notify.tsx';
import { useDoCreateUser } from './queries.ts';

const ROLES: Readonly<Record<RoleName, string>> = {
  viewer: 'viewer: looks',
  developer: 'developer: also writes and runs jobs',
  admin: 'admin: also shapes pools and people',
};

export function AddUserForm({ onClose }: { readonly onClose: () => void }) {
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [role, setRole] = useState<RoleName>('developer');
  const [password, setPassword] = useState('');
  const create = useDoCreateUser();
  const errors = fieldErrors(create.error);
  const error = formError(create.error, ['username', 'displayName', 'password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { username: username.trim(), displayName: displayName.trim(), role, password },
      {
        onSuccess: (user) => {
          succeeded(`${user.username} may sign in now and is asked for a password of their own.`);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="New user">
      <form onSubmit={submit} autoComplete="off">
        <Stack gap="sm">
          {error === undefined ? null : (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <TextInput
            label="User name"
            required
            data-autofocus
            autoComplete="off"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            error={errors.username}
          />
          <TextInput
            label="Name"
            description="Shown as the owner of jobs"
            required
            autoComplete="off"
            value={displayName}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
            error={errors.displayName}
          />
          <Select
            label="Role"
            data={ROLE_NAMES.map((value) => ({ value, label: ROLES[value] }))}
            value={role}
            onChange={(value) => setRole(ROLE_NAMES.find((name) => name === value) ?? role)}
          />
          <PasswordInput
            label="First password"
            description="At least 12 characters; must be changed at the first sign-in"
            required
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={errors.password}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={create.isPending}>
              Add user
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
