'use client';
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import type { User } from '@millrace/protocol/api';
import { type FormEvent, useState } from 'react';
import { fieldErrors, formError } from '../../client/field-errors.ts';
import { succeeded } from '../../client/notify.tsx';
import { useDoChangeUser } from './queries.ts';

/** A new first password for somebody who forgot theirs. */
export function ResetPasswordForm({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const change = useDoChangeUser();
  const error = formError(change.error, ['password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { id: user.id, password },
      {
        onSuccess: () => {
          succeeded(`${user.username} has a new first password and was signed out.`);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`Reset the password of ${user.username}`}>
      <form onSubmit={submit} autoComplete="off">
        <Stack gap="sm">
          {error === undefined ? null : (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <Text size="sm">
            All sessions of {user.displayName} end. At the next sign-in they are asked for a password of their own.
          </Text>
          <PasswordInput
            label="New first password"
            description="At least 12 characters"
            required
            data-autofocus
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={fieldErrors(change.error).password}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={change.isPending} disabled={password === ''}>
              Set password
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
