import { Anchor, Center, Stack, Text, Title } from '@mantine/core';

export const metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack align="center" gap="xs">
        <Title order={1} fz={20}>
          There is no such page
        </Title>
        <Text size="sm" c="dimmed">
          The address may be wrong, or what it named is gone.
        </Text>
        <Anchor href="/overview" size="sm">
          Go to the overview
        </Anchor>
      </Stack>
    </Center>
  );
}
