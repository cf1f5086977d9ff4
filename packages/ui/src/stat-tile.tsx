import { Group, Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number with its name, its unit inside the value, and a line that puts it in context. */
export function StatTile({
  label,
  value,
  hint,
  aside,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly hint?: ReactNode;
  readonly aside?: ReactNode;
}) {
  return (
    <Paper>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Group justify="space-between" align="flex-end" wrap="nowrap">
        <Text fw={650} fz={22} lh={1.3} style={{ fontVariantNumeric: 'tabular-nums' }}>
          {value}
        </Text>
        {aside}
      </Group>
      <Text size="xs" c="dimmed" mih={18} lh={1.4}>
        {hint}
      </Text>
    </Paper>
  );
}
