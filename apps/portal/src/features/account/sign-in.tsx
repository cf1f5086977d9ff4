'use client';
import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useRouter, useSearchParams } from 'next/navigation';
import { type FormEvent, Suspense, useState } from 'react';
import { useDoSignIn } from './queries.ts';

export function SignIn() {
  return (
    <Suspense>
      <SignInForm />
    </Suspense>
  );
}

function SignInForm() {
  const router = useRouter();
  const next = useSearchParams().get('next');
  const signIn = useDoSignIn();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Only paths of this site: a link must not be able to send people elsewhere after signing in.
    const target = next !== null && /^\/[a-z]/.test(next) ? next : '/overview';
    signIn.mutate({ username: username.trim(), password }, { onSuccess: () => router.replace(target) });
  };
  return (
    <Center mih="100vh" p="md">
      <Paper w={340} p="lg" component="main">
        <form onSubmit={submit}>
          <Stack gap="sm">
            <div>
              <Title order={1} fz={22}>
                Millrace
              </Title>
              <Text size="sm" c="dimmed">
                Real-time streaming jobs over Kafka
              </Text>
            </div>
            {signIn.isError ? (
              <Alert color="red" role="alert">
                {signIn.error.message}
              </Alert>
            ) : null}
            <TextInput
              label="User name"
              size="sm"
              autoComplete="username"
              autoFocus
              required
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" size="sm" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
