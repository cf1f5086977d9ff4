'use client';
import { Alert, Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { formatTime } from '@millrace/ui';
import { type FormEvent, useState } from 'react';
import { fieldErrors, formError } from '../../client/field-errors.ts';
import { succeeded } from '../../client/notify.tsx';
import { useDoChangePassword, useSession } from './queries.ts';

/** Ends every other session of the same person. */
export function PasswordForm() {
  const session = useSession().data;
  const change = useDoChangePassword();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const differs = again !== '' && again !== next;
  const errors = fieldErrors(change.error);
  const error = formError(change.error, ['current', 'next']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current, next },
      {
        onSuccess: () => {
          for (const clear of [setCurrent, setNext, setAgain]) clear('');
          succeeded('Your password was changed. Your other sessions were ended.');
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <div>
          <Title order={2} fz={14}>
            {session?.user.displayName}
          </Title>
          <Text size="xs" c="dimmed">
            {session?.user.username} · {session?.user.role}
            {session === undefined ? '' : ` · this session ends at ${formatTime(session.expiresAt)}`}
          </Text>
        </div>
        {error === undefined ? null : (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <input type="text" autoComplete="username" value={session?.user.username ?? ''} readOnly hidden />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={errors.current}
        />
        <PasswordInput
          label="New password"
          description="At least 12 characters"
          autoComplete="new-password"
          required
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          error={errors.next}
        />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={differs ? 'is not the same' : undefined}
        />
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={change.isPending}
            disabled={differs || next === '' || current === '' || again === ''}
          >
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
