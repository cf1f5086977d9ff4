import { Box } from '@mantine/core';
import { formatCount } from './format.ts';

interface Props {
  readonly used: number;
  readonly guaranteed: number;
  readonly maximum: number;
  readonly unit: string;
  /** Asked for and not granted: stripes after the fill. */
  readonly pending?: number;
  /** What the full width stands for, so that pools can be compared; the bar takes `maximum` of it. Absent: the maximum. */
  readonly scale?: number;
}

/**
 * One pool's share of one resource, drawn as YARN draws its queues: the width is the maximum, the dashed mark the
 * guarantee, the fill what is used (green within the guarantee, orange above it).
 */
export function ResourceBar({ used, guaranteed, maximum, unit, pending = 0, scale }: Props) {
  const share = (value: number) => `${maximum <= 0 ? 0 : Math.min(100, (value / maximum) * 100)}%`;
  const asked = pending > 0 ? `, ${formatCount(pending)} more asked for` : '';
  const label = `${formatCount(used)} used of ${formatCount(guaranteed)} guaranteed and ${formatCount(maximum)} at most (${unit})${asked}`;
  const width = scale === undefined || scale <= 0 ? '100%' : `${Math.max(3, Math.min(100, (maximum / scale) * 100))}%`;
  return (
    <Box
      role="meter"
      aria-label={label}
      aria-valuenow={used}
      aria-valuemin={0}
      aria-valuemax={Math.max(maximum, used)}
      title={label}
      pos="relative"
      h={12}
      w={width}
      style={{
        background: 'var(--mantine-color-default-hover)',
        border: '1px solid var(--mantine-color-default-border)',
        borderRadius: 2,
        overflow: 'hidden',
      }}
    >
      {pending > 0 ? (
        <Box
          style={{
            ...FILL,
            width: share(used + pending),
            background: 'repeating-linear-gradient(135deg, var(--mantine-color-water-5) 0 3px, transparent 3px 7px)',
          }}
        />
      ) : null}
      <Box
        style={{
          ...FILL,
          width: share(used),
          background: used <= guaranteed + 1e-9 ? 'var(--mantine-color-teal-6)' : 'var(--mantine-color-orange-6)',
        }}
      />
      {guaranteed > 0 && guaranteed < maximum ? (
        <Box
          style={{
            ...FILL,
            width: share(guaranteed),
            borderRight: '2px dashed var(--mantine-color-text)',
            opacity: 0.75,
          }}
        />
      ) : null}
    </Box>
  );
}

const FILL = { position: 'absolute', top: 0, bottom: 0, left: 0 } as const;
