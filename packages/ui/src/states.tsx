import { Alert, Button, Center, Group, Loader, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** The three things a view can be besides full. Each says what is going on and what to do. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <Center p="xl" role="status">
      <Loader size="sm" aria-hidden />
      <Text size="sm" c="dimmed" ml="sm">
        Loading {what}
      </Text>
    </Center>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" p="xl" gap="xs">
      <Text fw={600} size="sm">
        {title}
      </Text>
      <Text size="sm" c="dimmed" component="div">
        {children}
      </Text>
    </Stack>
  );
}

export function Failed({
  what,
  error,
  onRetry,
  children,
}: {
  readonly what: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** Another way on. */
  readonly children?: ReactNode;
}) {
  return (
    <Alert color="red" title={`Could not load ${what}`} role="alert">
      <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
      <Group gap="md" mt="xs">
        {onRetry === undefined ? null : (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {children}
      </Group>
    </Alert>
  );
}

interface AnsweredProps<T> {
  readonly what: string;
  readonly answer: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => void };
  readonly children: (data: T) => ReactNode;
}

/** What the server said: waited for, refused, or there. A refusal is told above what was known before. */
export function Answered<T>({ what, answer: { data, error, refetch }, children }: AnsweredProps<T>) {
  return (
    <>
      {error === null ? null : (
        <Failed what={data === undefined ? what : `the newest state of ${what}`} error={error} onRetry={refetch} />
      )}
      {data === undefined ? error === null ? <Loading what={what} /> : null : children(data)}
    </>
  );
}
