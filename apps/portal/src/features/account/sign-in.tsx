'use client';
import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useRouter } from 'next/navigation';
import { type FormEvent, useSyncExternalStore } from 'react';
import { useDoSignIn } from './queries.ts';

/** False until React runs in the page: before that a submit would leave by plain HTML. */
function useHydrated(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );
}

/**
 * The fields belong to the page, not to React: what was typed before React runs stays. No Suspense stands around them:
 * React draws a boundary anew, fields and all, when an update reaches it before it is hydrated.
 */
export function SignIn({ next }: { readonly next: string | undefined }) {
  const router = useRouter();
  const signIn = useDoSignIn();
  const isHydrated = useHydrated();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const username = String(form.get('username') ?? '').trim();
    const password = String(form.get('password') ?? '');
    // Only paths of this site: a link must not be able to send people elsewhere after signing in.
    const target = next !== undefined && /^\/[a-z]/.test(next) ? next : '/overview';
    signIn.mutate({ username, password }, { onSuccess: () => router.replace(target) });
  };
  return (
    <Center mih="100vh" p="md">
      <Paper w={340} p="lg" component="main">
        <form method="post" onSubmit={submit}>
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
            <TextInput label="User name" size="sm" autoComplete="username" autoFocus required name="username" />
            <PasswordInput label="Password" autoComplete="current-password" required name="password" />
            <Button type="submit" size="sm" loading={signIn.isPending} disabled={!isHydrated} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
