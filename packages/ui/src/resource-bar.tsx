import { Box, Tooltip } from '@mantine/core';

/**
 * One pool's share of one resource, drawn as YARN draws its queues: the width is the maximum, the dashed mark the
 * guarantee, the fill what is used (green within the guarantee, orange above it).
 */
export function ResourceBar({
  used,
  guaranteed,
  maximum,
  unit,
}: {
  readonly used: number;
  readonly guaranteed: number;
  readonly maximum: number;
  readonly unit: string;
}) {
  const share = (value: number) => `${maximum === 0 ? 0 : Math.min(100, (value / maximum) * 100)}%`;
  const label = `${round(used)} of ${round(guaranteed)} guaranteed, ${round(maximum)} at most (${unit})`;
  return (
    <Tooltip label={label}>
      <Box
        role="meter"
        aria-label={label}
        aria-valuenow={used}
        aria-valuemin={0}
        aria-valuemax={maximum}
        pos="relative"
        h={14}
        style={{
          borderRadius: 3,
          border: '1px solid var(--mantine-color-default-border)',
          background: 'var(--mantine-color-default-hover)',
          overflow: 'hidden',
        }}
      >
        <Box
          pos="absolute"
          h="100%"
          w={share(used)}
          bg={used > guaranteed ? 'orange.6' : 'teal.6'}
          style={{ transition: 'width 300ms' }}
        />
        <Box
          pos="absolute"
          h="100%"
          style={{ left: share(guaranteed), borderLeft: '2px dashed var(--mantine-color-text)', opacity: 0.55 }}
        />
      </Box>
    </Tooltip>
  );
}

function round(value: number): string {
  return (Math.round(value * 100) / 100).toLocaleString('en-US');
}
